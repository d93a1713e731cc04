import type { ClientResponse, RequestInput } from "../../http.ts";
import { type ConnectOptions, type HopAnswer, TransportError } from "../../tcp.ts";
import { EXIT } from "../exit-codes.ts";
import { OutputClosed } from "../output.ts";
import { answerTo } from "./chain.ts";
import { socketOptions } from "./connecting.ts";
import type { TransferCookies } from "./cookies.ts";
import { EndsAll, NeverBegun, SkipTransfer, ToldAnyway } from "./curl-error.ts";
import { curlExitCode } from "./exit-codes.ts";
import { askedAgainAt417 } from "./expect.ts";
import { askedWithoutContent, withContent } from "./first-request.ts";
import type { Lane, Listener } from "./lane.ts";
import { deadline, type TimeLeft } from "./limits.ts";
import type { Login } from "./login.ts";
import { NotSent, previewOf } from "./not-sent.ts";
import type { Plan } from "./plan.ts";
import { Reception } from "./reception.ts";
import { setRemoteTime } from "./remote-time.ts";
import { type Asked, earlyAnswer, requestInput } from "./request.ts";
import { requestKindOf } from "./request-kind.ts";
import { routeOf } from "./route.ts";
import type { Session } from "./session.ts";

/** What curl takes for a command line that no transfer can follow: it cannot begin, has no memory, or has bad arguments. */
const ENDS_ALL: ReadonlySet<number> = new Set([2, 27, 43, 48]);

const NOT_TOLD = { status: 0, version: "0" } as const;

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
  /** What -w tells of the last response, as soon as its status line has come. */
  told: { readonly status: number; readonly version: "0" | "1" | "1.1" } = NOT_TOLD;
  /** The fields of each response, the last one included. */
  readonly allFields: (readonly (readonly [name: string, value: string])[])[] = [];
  /** `undefined`: no option says who asks. */
  login: Login | undefined;
  /** `undefined`: without cookies. */
  cookies: TransferCookies | undefined;
  /** A response that another one follows. Its content goes nowhere. */
  passedOver: ClientResponse | undefined;
  #isPassingOver = false;
  /** The response to the last request, from its head to its end. */
  #unread: ClientResponse | undefined;
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
  /** The last request went to a proxy that takes requests itself: a 407 is of the proxy. */
  #isProxyAsked = false;

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
    // As in curl, a file that is missing behind a failure adds no code of its own.
    if (failure instanceof ToldAnyway) exitCode = this.session.lastExitCode || exitCode;
    this.session.lastExitCode = exitCode;
    this.session.verbose?.done();
    this.reception?.end(failure);
    if (failure !== undefined) await this.session.complain(failure, exitCode);
    if (failure instanceof EndsAll || ENDS_ALL.has(exitCode)) this.session.isOver = true;
    await this.writeOut(exitCode, failure);
    await this.cookies?.save();
    return exitCode;
  }

  /** Prints what -w tells of the transfer, which is over. */
  async writeOut(exitCode: number, failure: unknown): Promise<void> {
    const isSilent = failure instanceof SkipTransfer || failure instanceof NeverBegun;
    if (!this.plan.settings.on("write-out") || isSilent) return;
    const { showWriteOut } = await import("./show-write-out.ts");
    await showWriteOut(this, exitCode, failure);
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
    if (!trailer) this.#noteStatus(line);
    this.reception?.headLine(line, trailer);
  }

  /** A head may be refused behind its status line: -w tells the status all the same. */
  #noteStatus(line: Uint8Array): void {
    const start = Buffer.from(line.subarray(0, 20)).toString("latin1");
    const [, version, digits] = /^http\/(\S+)[ \t](\d{3})/i.exec(start) ?? [];
    if (digits !== undefined)
      this.told = { status: Number(digits), version: version === "1.0" ? "1" : "1.1" };
  }

  socketOptions(): ConnectOptions {
    return socketOptions(this.plan.settings);
  }

  onRawBody(bytes: Uint8Array): void {
    if (!this.#isPassingOver) this.reception?.rawBody(bytes);
  }

  onRequestHead(head: Uint8Array): void {
    this.session.verbose?.sentHead(head);
  }

  /** Another response follows: the content of this one, here or on its way, goes nowhere. */
  passOver(response: ClientResponse): void {
    this.passedOver = response;
    this.#isPassingOver = true;
    this.reception?.passOver();
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
    const { settings, upload } = this.plan;
    requestKindOf(settings, upload);
    const reception = this.#receive();
    this.told = NOT_TOLD;
    this.lane.secured = undefined;
    this.lane.wire?.begin();
    this.asked = askedWithoutContent(this.plan);
    const first = reception.asking(await withContent(this.asked, this.plan));
    this.asked = first;
    if (settings.on("skip-existing") && reception.output.file?.exists) return;
    if (first.url.scheme === "file")
      return (await import("./file-transfer.ts")).transferFile(first, settings, reception);
    const timeLeft = deadline(settings.milliseconds("max-time"));
    const sendOnce = (asked: Asked) => this.#send(asked, timeLeft);
    const send = (asked: Asked) => askedAgainAt417(asked, this, sendOnce);
    try {
      const response = await answerTo(first, this, (asked) => this.#sendThrough(asked, send));
      if (await reception.take(response, this.asked)) await this.#contentSent(response);
      this.#unread = undefined;
      reception.checkStatus(response);
    } catch (error) {
      // As in curl, a transfer that failed leaves no connection in the middle of a response, or behind it.
      if (this.#unread !== undefined && this.#unread !== this.passedOver)
        await this.lane.abandon(this.#unread);
      throw reception.limits?.signal?.aborted ? reception.limits.signal.reason : error;
    }
    if (settings.on("remote-time") && reception.output.file?.exists)
      setRemoteTime(reception.output.file, this.allFields);
  }

  /**
   * The response may be complete before the content is sent. As in curl, the transfer then goes on until all is sent,
   * unless the server has answered in place of 100 (Continue): it does not wait for the content (RFC 9110 §10.1.1).
   */
  async #contentSent(response: ClientResponse): Promise<void> {
    if (this.asked?.content === undefined || earlyAnswer(response.status) === "stop") return;
    await response.sent.catch((error: unknown) => {
      const isStopped = this.session.signal.aborted || this.reception?.limits?.signal?.aborted;
      if (isStopped || !(error instanceof TransportError && error.code === "ABORTED")) throw error;
    });
    this.lane.wire?.finish();
  }

  #receive(): Reception {
    if (this.reception === undefined) this.reception = new Reception(this.plan, this.lane, this.session);
    else this.reception.restart();
    return this.reception;
  }

  /** A proxy may ask who we are. */
  async #sendThrough(asked: Asked, send: (asked: Asked) => Promise<ClientResponse>): Promise<ClientResponse> {
    const response = await send(asked);
    if (response.status !== 407 || !this.#isProxyAsked) return response;
    return (await import("./proxy-rounds.ts")).againstProxy(response, asked, this, send);
  }

  /** Sends one request. Its heads are printed as soon as the final one is here. */
  async #send(asked: Asked, timeLeft: () => TimeLeft | undefined): Promise<ClientResponse> {
    const { lane, session, plan } = this;
    const stop = this.reception?.limits?.signal;
    this.asked = asked;
    this.#unread = undefined;
    this.#isPassingOver = false;
    this.lastStartedAt = performance.now();
    session.verbose?.next(this.number);
    await lane.endEnding();
    lane.wire?.next();
    const { connect, target, proxied, ...route } = await routeOf(asked, this);
    this.proxied = proxied;
    this.#isProxyAsked = target !== undefined;
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
      this.response = this.#unread = await lane.client.request(input);
      this.allFields.push([...this.response.fields]);
      const askedOverTls = this.#isProxyAsked && connect.through?.at(-1)?.tls !== undefined;
      if (proxied && (await import("./proxy-rounds.ts")).isLastAtProxy(this.response, askedOverTls))
        lane.ending = this.response;
      return this.response;
    } catch (error) {
      this.allFields.push([]);
      lane.wire?.finish();
      throw proxied ? (await import("./proxy-rounds.ts")).ofTunnel(error, this) : error;
    } finally {
      await this.reception?.printHeads();
    }
  }
}
