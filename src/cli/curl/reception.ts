import type { ClientResponse } from "../../http.ts";
import { EXIT } from "../exit-codes.ts";
import { stderrIsTerminal } from "../output.ts";
import { endsAtHead, resumeOffset, type Taking, takingOf, withConditions } from "./conditions.ts";
import { CurlError } from "./curl-error.ts";
import { HeadOutput } from "./head-output.ts";
import { HeadWatch } from "./head-watch.ts";
import type { Lane } from "./lane.ts";
import { Limits } from "./limits.ts";
import { type Output, outputOf } from "./output.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import type { Asked } from "./request.ts";
import type { Session } from "./session.ts";

/** What a transfer makes of all that comes: heads and content, and where they go. */
export class Reception {
  /** Bytes of content that were written. */
  delivered = 0;
  /** Bytes of a file: URL. */
  #copied = 0;
  /** The content of the last response was not taken. */
  #untaken = false;
  /** curl does as if the server had said this. */
  statusInstead: number | undefined;
  readonly output: Output;
  readonly limits: Limits | undefined;
  readonly #plan: Plan;
  readonly #lane: Lane;
  readonly #heads: HeadOutput;
  readonly #watch: HeadWatch | undefined;
  /** The byte from which the content is wanted (-C). */
  readonly offset: number;
  #lineFailure: unknown;
  readonly #raw: Uint8Array[] = [];
  readonly #session: Session;
  #progress: Progress | undefined;
  #isDecoded = false;

  /** @throws {CurlError} a file cannot be written. */
  constructor(plan: Plan, lane: Lane, session: Session) {
    const { settings } = plan;
    this.#plan = plan;
    this.#lane = lane;
    this.#session = session;
    this.#heads = new HeadOutput(settings, session, plan.output?.name === "remote-name");
    this.offset = resumeOffset(plan);
    this.output = outputOf(plan, this.offset, session.settings.on("silent"));
    this.#watch = HeadWatch.of(settings, this.output);
    this.limits = Limits.of(settings);
  }

  /** Bytes of content that came, as they were sent (%{size_download}). */
  get downloaded(): number {
    if (this.#copied > 0) return this.#copied;
    const { wire } = this.#lane;
    if (wire === undefined || this.#untaken) return 0;
    const came = this.#plan.settings.on("raw") ? wire.rawDownload : wire.sizeDownload;
    return Math.min(came, this.limits?.maxBytes ?? came);
  }

  /** The request with what the options say of the content that is wanted. */
  asking(asked: Asked): Asked {
    return withConditions(asked, this.#plan.settings, this.offset);
  }

  /** A line came. The first one that nothing can be made of is the last one that goes anywhere: `printHeads` tells why. */
  headLine(line: Uint8Array, trailer: boolean): void {
    if (this.#lineFailure !== undefined) return;
    try {
      this.#heads.line(line, this.output);
      if (!trailer) this.#watch?.line(line);
    } catch (error) {
      this.#lineFailure = error;
    }
  }

  /** A line of an answer to CONNECT. It is printed, and no part of the response. */
  tunnelLine(line: Uint8Array): void {
    this.headLine(line, true);
  }

  rawBody(bytes: Uint8Array): void {
    if (this.#plan.settings.on("raw")) this.#raw.push(bytes);
  }

  /** Another response follows: the content of the last one goes nowhere. */
  passOver(): void {
    this.#raw.length = 0;
  }

  /** Prints the heads that came. `withContent`: content follows. @throws {CurlError} 23: a line could not be written. */
  async printHeads(withContent = false): Promise<void> {
    await this.#heads.print(this.output, withContent);
    if (this.#lineFailure !== undefined) throw this.#lineFailure;
  }

  /**
   * Takes the last response of the transfer. Its heads are printed. `false`: the connection was ended, since nobody wants
   * the content. @throws {CurlError} 22, 23, 33, 63, …
   */
  async take(response: ClientResponse, asked: Asked): Promise<boolean> {
    this.#untaken = true;
    const taking = this.#takingOf(response, asked);
    this.#untaken = taking !== "content" && taking !== "no more";
    if (taking === "not modified") this.statusInstead = 304;
    if (taking === "content") await this.#content(response);
    else if (taking === "no more") await response.consume(() => {});
    else await this.#lane.abandon(response);
    this.#lane.wire?.finish();
    await this.printHeads();
    await this.output.end((this.statusInstead ?? response.status) !== 304);
    return !this.#untaken;
  }

  /** --fail-with-body, once the response is taken. @throws {CurlError} 22 */
  checkStatus(response: ClientResponse): void {
    const fails = this.#plan.settings.last("fail", "fail-with-body");
    if (response.status >= 400 && fails?.on && fails.name === "fail-with-body") throw statusError(response);
  }

  /** Takes content that no response brought: that of a file: URL. */
  copy(bytes: Uint8Array): Promise<void> {
    this.#copied += bytes.length;
    return this.#write(bytes);
  }

  /** The transfer is tried again: what it has written to a file goes. */
  restart(): void {
    this.output.file?.restart();
    this.delivered = 0;
    this.#untaken = false;
    this.#lineFailure = undefined;
    this.statusInstead = undefined;
  }

  /** The transfer is over. */
  end(failure: unknown): void {
    const { file } = this.output;
    file?.close();
    if (failure !== undefined && this.#plan.settings.on("remove-on-error")) file?.remove();
    this.#heads.close();
    this.limits?.end();
  }

  #takingOf(response: ClientResponse, asked: Asked): Taking | "only heads" {
    const { settings } = this.#plan;
    const resumesAtEnd = this.offset > 0 && response.status === 416;
    const fails = settings.last("fail", "fail-with-body");
    if (response.status >= 400 && !resumesAtEnd && fails?.on && fails.name === "fail")
      throw statusError(response);
    this.limits?.checkHead(response);
    const taking = takingOf(response, asked, settings, this.offset);
    return taking === "content" && endsAtHead(response, asked, settings) ? "only heads" : taking;
  }

  async #content(response: ClientResponse): Promise<void> {
    const { settings } = this.#plan;
    const isRaw = settings.on("raw");
    this.#isDecoded = settings.on("compressed") && response.fields.has("content-encoding");
    await this.output.begin?.(response.fields.getAll("content-type")[0]);
    this.#progress = await this.#startProgress(response);
    try {
      for await (const bytes of response.body)
        await this.#write(isRaw ? Buffer.concat(this.#raw.splice(0)) : bytes);
    } finally {
      this.#progress?.end();
      // Bytes that came before an error are written, too.
      if (isRaw) await this.#write(Buffer.concat(this.#raw.splice(0)));
    }
  }

  /** Only a person at a terminal sees it, while the content goes elsewhere. */
  async #startProgress({ fields }: ClientResponse): Promise<Progress | undefined> {
    const { settings } = this.#session;
    const isQuiet = settings.on("silent") || settings.last("no-progress-meter")?.on;
    if (isQuiet || this.output.file === undefined || !stderrIsTerminal()) return undefined;
    const { Progress } = await import("./progress.ts");
    const length =
      fields.getAll("content-encoding").length > 0 ? undefined : fields.getAll("content-length")[0];
    return new Progress(2, this.offset, length === undefined ? undefined : Number(length));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { limits } = this;
    const allowed = limits?.allowed(bytes.length, this.#isDecoded) ?? bytes.length;
    // What cannot be written counts as not received.
    this.#untaken = true;
    if (this.#heads.isWaiting) await this.#heads.print(this.output, true);
    await this.output.write(allowed < bytes.length ? bytes.subarray(0, allowed) : bytes);
    this.#untaken = false;
    this.delivered += allowed;
    this.#session.delivered += allowed;
    this.#progress?.took(bytes.length);
    await limits?.took(bytes.length);
  }
}

function statusError({ status, reason }: ClientResponse): CurlError {
  return new CurlError(EXIT.httpStatus, `the server answered ${status} ${reason}`.trimEnd());
}
