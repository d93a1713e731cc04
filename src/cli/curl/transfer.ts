import type { ClientResponse, RequestInput } from "../../http.ts";
import { EXIT } from "../exit-codes.ts";
import { OutputClosed } from "../output.ts";
import { answerTo } from "./chain.ts";
import { connectOptions } from "./connecting.ts";
import { CurlError } from "./curl-error.ts";
import { curlExitCode } from "./exit-codes.ts";
import { firstAsked } from "./first-request.ts";
import { HeadOutput } from "./head-output.ts";
import type { Lane, Listener } from "./lane.ts";
import { NotSent, previewOf } from "./not-sent.ts";
import { type Output, outputOf } from "./output.ts";
import type { Plan } from "./plan.ts";
import { type Asked, requestInput } from "./request.ts";
import type { Session } from "./session.ts";
import { showWriteOut } from "./show-write-out.ts";

/** One transfer, from its URL to its exit code. What -w tells of it stands here. */
export class Transfer implements Listener {
  readonly plan: Plan;
  readonly lane: Lane;
  readonly session: Session;
  /** Counted from 0 over the whole command line. */
  readonly number: number;
  /** The last request that was made. */
  asked: Asked | undefined;
  /** The last response. */
  response: ClientResponse | undefined;
  /** The fields of each response, the last one included. */
  readonly allFields: (readonly (readonly [name: string, value: string])[])[] = [];
  redirects = 0;
  retries = 0;
  /** When the transfer began, and when its last request began, by `performance.now()`. */
  startedAt = 0;
  lastStartedAt = 0;
  /** Bytes of content that were written. */
  delivered = 0;
  /** The file of -o or -O, or undefined. */
  file: string | undefined;
  readonly #heads: HeadOutput;
  #output: Output | undefined;
  readonly #raw: Uint8Array[] = [];

  constructor(plan: Plan, lane: Lane, session: Session, number: number) {
    this.plan = plan;
    this.lane = lane;
    this.session = session;
    this.number = number;
    this.#heads = new HeadOutput(plan.settings, session);
  }

  /** Runs the transfer to its end, and tells what failed. Returns curl's exit code. */
  async run(): Promise<number> {
    this.startedAt = performance.now();
    this.lane.listener = this;
    let { exitCode, failure } = await this.#try();
    if (this.plan.settings.on("retry")) {
      const { Retries } = await import("./retry.ts");
      const retries = new Retries(this);
      while (await retries.wait(exitCode, failure)) ({ exitCode, failure } = await this.#try());
    }
    this.session.verbose?.done();
    if (failure !== undefined) await this.session.complain(failure, exitCode);
    await showWriteOut(this, exitCode, failure);
    return exitCode;
  }

  /** Once from the URL to the last byte. */
  async #try(): Promise<{ readonly exitCode: number; readonly failure: unknown }> {
    try {
      await this.#attempt();
      return { exitCode: EXIT.ok, failure: undefined };
    } catch (error) {
      if (error instanceof NotSent) return { exitCode: EXIT.ok, failure: undefined };
      if (error instanceof OutputClosed || this.session.signal.aborted) throw error;
      return { exitCode: curlExitCode(error), failure: error };
    }
  }

  onHeadLine(line: Uint8Array, trailer: boolean): void {
    this.#heads.line(line, trailer);
  }

  onRawBody(bytes: Uint8Array): void {
    if (this.plan.settings.on("raw")) this.#raw.push(bytes);
  }

  onRequestHead(head: Uint8Array): void {
    this.session.verbose?.sentHead(head);
  }

  onRequestBody(bytes: Uint8Array): void {
    this.session.verbose?.sentBody(bytes);
  }

  async #attempt(): Promise<void> {
    const { settings } = this.plan;
    const first = firstAsked(this.plan);
    this.asked = first;
    const output = outputOf(this.plan, first.url);
    this.#output = output;
    this.file = output.file;
    const timeLeft = deadline(settings.milliseconds("max-time"));
    const response = await answerTo(first, this, (asked) => this.#send(asked, timeLeft));
    try {
      await this.#take(response, output);
    } catch (error) {
      response.discard();
      throw error;
    }
  }

  /** Sends one request. Its heads are printed as soon as the final one is here. */
  async #send(asked: Asked, timeLeft: () => { timeoutMs: number } | undefined): Promise<ClientResponse> {
    const { lane, session, plan } = this;
    this.asked = asked;
    this.lastStartedAt = performance.now();
    session.verbose?.next(this.number);
    lane.wire?.next();
    const input: RequestInput = {
      ...requestInput(asked, plan.settings),
      connect: connectOptions(plan.settings),
      signal: session.signal,
      ...timeLeft(),
    };
    if (previewOf(plan.settings) !== undefined) {
      await (await import("./preview.ts")).preview(input, plan.settings, session);
      throw new NotSent();
    }
    try {
      this.response = await lane.client.request(input);
      this.allFields.push([...this.response.fields]);
      return this.response;
    } catch (error) {
      lane.wire?.finish();
      throw error;
    } finally {
      await this.#printHeads();
    }
  }

  async #printHeads(): Promise<void> {
    for (const line of this.#heads.take()) await this.#output?.write(line);
  }

  async #take(response: ClientResponse, output: Output): Promise<void> {
    const { settings } = this.plan;
    const how = settings.last("fail", "fail-with-body");
    const failed = response.status >= 400 && how?.on === true;
    if (failed && how.name === "fail") throw statusError(response);
    try {
      for await (const bytes of response.body) await this.#write(output, bytes);
    } finally {
      // Bytes that came before an error are written, too.
      if (settings.on("raw")) await this.#write(output, new Uint8Array(0));
      this.lane.wire?.finish();
      await this.#printHeads();
    }
    await output.end();
    if (failed) throw statusError(response);
  }

  async #write(output: Output, bytes: Uint8Array): Promise<void> {
    const written = this.plan.settings.on("raw") ? Buffer.concat(this.#raw.splice(0)) : bytes;
    this.delivered += written.length;
    await output.write(written);
  }
}

/** The first request has all of the time, so that its error names the time that the user gave. Others have the rest. */
function deadline(maxTimeMs: number | undefined): () => { timeoutMs: number } | undefined {
  const endsAt = maxTimeMs === undefined ? undefined : performance.now() + maxTimeMs;
  let requests = 0;
  return () => {
    if (maxTimeMs === undefined || endsAt === undefined) return undefined;
    const restMs = Math.max(1, Math.ceil(endsAt - performance.now()));
    return { timeoutMs: requests++ === 0 ? maxTimeMs : restMs };
  };
}

function statusError({ status, reason }: ClientResponse): CurlError {
  return new CurlError(EXIT.httpStatus, `the server answered ${status} ${reason}`.trimEnd());
}
