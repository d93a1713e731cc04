import type { ClientResponse, RequestInput } from "../../http.ts";
import type { HopAnswer } from "../../tcp.ts";
import { EXIT } from "../exit-codes.ts";
import { OutputClosed } from "../output.ts";
import { answerTo } from "./chain.ts";
import type { TransferCookies } from "./cookies.ts";
import { EndsAll, SkipTransfer } from "./curl-error.ts";
import { curlExitCode } from "./exit-codes.ts";
import { askedAgainAt417 } from "./expect.ts";
import { firstAsked } from "./first-request.ts";
import type { Lane, Listener } from "./lane.ts";
import type { Login } from "./login.ts";
import { NotSent, previewOf } from "./not-sent.ts";
import type { Plan } from "./plan.ts";
import { Reception } from "./reception.ts";
import { setRemoteTime } from "./remote-time.ts";
import { type Asked, requestInput } from "./request.ts";
import { routeOf } from "./route.ts";
import type { Session } from "./session.ts";

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
  /** `undefined`: no option says who asks. */
  login: Login | undefined;
  /** `undefined`: without cookies. */
  cookies: TransferCookies | undefined;
  /** A response that another one follows. Its content goes nowhere. */
  passedOver: ClientResponse | undefined;
  redirects = 0;
  retries = 0;
  /** When the transfer began, and when its last request began, by `performance.now()`. */
  startedAt = 0;
  lastStartedAt = 0;
  /** `undefined`: the transfer has not begun. */
  reception: Reception | undefined;
  /** The status of the last answer to CONNECT; 0: none. */
  connectStatus = 0;
  /** The last request went through a proxy. */
  proxied = false;

  constructor(plan: Plan, lane: Lane, session: Session, number: number) {
    this.plan = plan;
    this.lane = lane;
    this.session = session;
    this.number = number;
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
    this.reception?.end(failure);
    if (failure !== undefined) await this.session.complain(failure, exitCode);
    if (failure instanceof EndsAll) this.session.isOver = true;
    if (this.plan.settings.on("write-out") && !(failure instanceof SkipTransfer)) {
      const { showWriteOut } = await import("./show-write-out.ts");
      await showWriteOut(this, exitCode, failure);
    }
    await this.cookies?.save();
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
    this.reception?.headLine(line, trailer);
  }

  onRawBody(bytes: Uint8Array): void {
    if (this.passedOver === undefined || this.passedOver !== this.response) this.reception?.rawBody(bytes);
  }

  onRequestHead(head: Uint8Array): void {
    this.session.verbose?.sentHead(head);
  }

  onRequestBody(bytes: Uint8Array): void {
    this.session.verbose?.sentBody(bytes);
  }

  /** A proxy answers CONNECT. */
  onHopAnswer({ status, head }: HopAnswer): void {
    this.connectStatus = status;
    this.lane.wire?.tunnelHead(head);
    if (this.plan.settings.on("suppress-connect-headers")) return;
    for (const line of Buffer.from(head)
      .toString("latin1")
      .match(/[^\n]*\n/g) ?? [])
      this.reception?.tunnelLine(Buffer.from(line, "latin1"));
  }

  async #attempt(): Promise<void> {
    const { settings } = this.plan;
    const reception = this.#receive();
    this.lane.wire?.begin();
    if (settings.on("skip-existing") && reception.output.file?.exists) return;
    const first = reception.asking(await firstAsked(this.plan));
    this.asked = first;
    if (first.url.scheme === "file")
      return (await import("./file-transfer.ts")).transferFile(first, settings, reception);
    const timeLeft = deadline(settings.milliseconds("max-time"));
    const sendOnce = (asked: Asked) => this.#send(asked, timeLeft);
    const send = (asked: Asked) => askedAgainAt417(asked, settings, sendOnce);
    try {
      const response = await answerTo(first, this, (asked) => this.#sendThrough(asked, send));
      await reception.take(response, this.asked);
    } catch (error) {
      // As in curl, no transfer that failed leaves a connection to the next one.
      this.lane.abandon();
      throw reception.limits?.signal?.aborted ? reception.limits.signal.reason : error;
    }
    if (settings.on("remote-time") && reception.output.file?.exists)
      setRemoteTime(reception.output.file, this.allFields);
  }

  #receive(): Reception {
    if (this.reception === undefined) this.reception = new Reception(this.plan, this.lane, this.session);
    else this.reception.restart();
    return this.reception;
  }

  /** A proxy may ask who we are. */
  async #sendThrough(asked: Asked, send: (asked: Asked) => Promise<ClientResponse>): Promise<ClientResponse> {
    const response = await send(asked);
    if (response.status !== 407 || !this.proxied) return response;
    return (await import("./proxy-rounds.ts")).againstProxy(response, asked, this, send);
  }

  /** Sends one request. Its heads are printed as soon as the final one is here. */
  async #send(asked: Asked, timeLeft: () => { timeoutMs: number } | undefined): Promise<ClientResponse> {
    const { lane, session, plan } = this;
    const stop = this.reception?.limits?.signal;
    this.asked = asked;
    this.lastStartedAt = performance.now();
    session.verbose?.next(this.number);
    lane.wire?.next();
    const { connect, target, proxied, ...route } = await routeOf(asked, this);
    this.proxied = proxied;
    const input: RequestInput = {
      ...requestInput(route.asked, plan.settings),
      ...(target !== undefined && !plan.settings.on("request-target") && { target }),
      connect: proxied ? { ...connect, onHopAnswer: (answer) => this.onHopAnswer(answer) } : connect,
      signal: stop === undefined ? session.signal : AbortSignal.any([session.signal, stop]),
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
      throw proxied ? (await import("./proxy-rounds.ts")).ofTunnel(error, this) : error;
    } finally {
      await this.reception?.printHeads();
    }
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
