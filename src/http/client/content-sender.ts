import type { Http1Connection } from "../../http1/connection.ts";
import { ProtocolError } from "../../http1/errors.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import { TransportError } from "../../tcp/errors.ts";
import { ContentStream } from "../content-stream.ts";
import type { Exchange } from "./exchange.ts";
import { endOf, mismatch } from "./outgoing-request.ts";
import type { Reception } from "./reception.ts";
import { comesOnce } from "./request-content.ts";
import type { Turns } from "./turns.ts";

/** Content up to this size leaves with its head in one write. Longer content is sent in pieces of this size. */
export const PIECE_BYTES = 64 * 1024;

/** The connection that the contents leave on. */
export interface UploadConnection {
  readonly tcp: TcpConnection;
  readonly usable: boolean;
  /** Why the connection is not usable, if that is known. */
  readonly goneBecause: Error | undefined;
  /** The request was sent to its end, and its response had come before. */
  onUploaded(): void;
  /** Ends the connection, and fails the current exchange. */
  abort(error: unknown): void;
}

/**
 * Sends contents that do not leave with their heads: piece by piece, as fast as the server takes them.
 *
 *     head sent ─► (100 Continue, or a second without it) ─► piece ─► room ─► piece ─► … ─► end
 *
 * One content at a time: no other request is sent on the connection meanwhile. The response may be complete before the
 * content is; unless it tells us to stop, all of the content is sent all the same ("upload").
 */
export class ContentSender {
  readonly #connection: UploadConnection;
  readonly #http1: Http1Connection;
  readonly #turns: Turns;
  readonly #reception: Reception;
  /** Lets the content go that waits for 100 (Continue). */
  #letGo: (() => void) | undefined;
  /** Lets the next piece go, when there is room for it. */
  #letGoOn: (() => void) | undefined;
  /** Its response is complete. Its content, which the server asked for with 100 (Continue), is still being sent. */
  #uploading: Exchange | undefined;
  /** The content that is being sent, if it is a stream, and how much of it was sent. */
  #stream: ContentStream | undefined;
  #sentBytes = 0;

  constructor(connection: UploadConnection, http1: Http1Connection, turns: Turns, reception: Reception) {
    this.#connection = connection;
    this.#http1 = http1;
    this.#turns = turns;
    this.#reception = reception;
  }

  /** The content still waits for 100 (Continue). */
  get awaitsContinue(): boolean {
    return this.#letGo !== undefined;
  }

  /** The response is complete, and the content is not. */
  get uploads(): boolean {
    return this.#uploading !== undefined;
  }

  /** Sends the content of a request, and its end. Settles when that is done or will not be; never rejects. */
  async send(exchange: Exchange): Promise<void> {
    try {
      const unsent = await this.#sendAll(exchange);
      if (unsent === undefined) this.#sent(exchange);
      else exchange.sendingEnded(unsent);
    } catch (error) {
      exchange.sendingEnded(aboutTheRequest(error));
      if (this.#uploading === exchange) this.#connection.abort(error);
      else if (this.#turns.current === exchange) this.#connection.abort(aboutTheRequest(error));
    }
    if (this.#uploading === exchange) this.#uploaded(exchange);
  }

  /** @returns why the rest is not sent; `undefined`: all was sent. */
  async #sendAll(exchange: Exchange): Promise<Error | undefined> {
    const { request } = exchange;
    if (request.awaitsContinue) await this.#continued(request.continueTimeoutMs);
    this.#sentBytes = 0;
    if (!this.#isWanted(exchange)) {
      exchange.discardContent();
      return this.#unwanted(exchange);
    }
    const { content } = request;
    const isSent =
      content === undefined || content instanceof Uint8Array
        ? await this.#sendWhole(exchange, content)
        : await this.#sendStream(exchange, comesOnce(content) ? content : content.open());
    if (!isSent) return this.#unwanted(exchange);
    this.#connection.tcp.send(this.#http1.send(endOf(request)));
    return undefined;
  }

  async #sendWhole(exchange: Exchange, content: Uint8Array = new Uint8Array(0)): Promise<boolean> {
    for (let at = 0; at < content.length; at += PIECE_BYTES)
      if (!(await this.#sendPiece(exchange, content.subarray(at, at + PIECE_BYTES)))) return false;
    return true;
  }

  async #sendStream(exchange: Exchange, content: AsyncIterable<Uint8Array>): Promise<boolean> {
    const stream = new ContentStream(content);
    this.#stream = stream;
    try {
      for (;;) {
        const { done, value } = await stream.next();
        // A stream that we have let go of may end as if it were complete.
        if (!this.#isWanted(exchange)) break;
        if (done) return true;
        if (!(value instanceof Uint8Array)) throw new TypeError("the content of a request has to be bytes");
        if (!(await this.#sendPiece(exchange, value))) break;
      }
      return false;
    } finally {
      this.#stream = undefined;
      void stream.letGo();
    }
  }

  /** `false`: no more is wanted. */
  async #sendPiece(exchange: Exchange, bytes: Uint8Array): Promise<boolean> {
    const hasRoom = this.#connection.tcp.send(this.#http1.send({ type: "data", bytes }));
    this.#sentBytes += bytes.length;
    if (!hasRoom) await this.#room(exchange);
    return this.#isWanted(exchange);
  }

  #unwanted(exchange: Exchange): Error {
    const { goneBecause } = this.#connection;
    const { refusedContent } = exchange;
    if (!refusedContent && goneBecause !== undefined) return goneBecause;
    const what = refusedContent ? "answered" : "closed the connection";
    const message = `the server ${what} before it had the content: ${this.#sentBytes} bytes of the content were sent`;
    return new TransportError(refusedContent ? "ABORTED" : "WRITE_FAILED", "write", message);
  }

  /** The content need not wait any longer for 100 (Continue). */
  letGo(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /** The connection has room again. */
  drained(): void {
    this.#letGoOn?.();
    this.#letGoOn = undefined;
    this.#reception.roomCame();
  }

  /** The response is complete, and the rest of the content is to be sent all the same. */
  upload(exchange: Exchange): void {
    this.#uploading = exchange;
    exchange.cancellation?.onCancel((error) => this.#connection.abort(error));
    if (this.#letGoOn !== undefined) this.#reception.awaitRoom();
  }

  /** The connection is over, or the server wants no more: what waits goes on, and sees that. */
  stop(): void {
    this.letGo();
    this.#letGoOn?.();
    this.#letGoOn = undefined;
    // A stream may never have more.
    void this.#stream?.letGo();
    const exchange = this.#uploading;
    if (exchange === undefined) return;
    this.#uploading = undefined;
    exchange.cancellation?.dispose();
    exchange.sendingEnded(this.#unwanted(exchange));
  }

  #isWanted(exchange: Exchange): boolean {
    const isUnderWay = exchange === this.#turns.current || exchange === this.#uploading;
    return isUnderWay && !exchange.refusedContent && this.#connection.usable;
  }

  #continued(timeoutMs?: number): Promise<void> {
    this.#reception.awaitContinue(timeoutMs);
    return new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  #room(exchange: Exchange): Promise<void> {
    // While a response is received, the deadline is about its content.
    if (!exchange.responded || this.#uploading === exchange) this.#reception.awaitRoom();
    return new Promise((resolve) => {
      this.#letGoOn = resolve;
    });
  }

  #sent(exchange: Exchange): void {
    const now = this.#reception.clock.now();
    exchange.timings.sentMs = now - exchange.timings.startedAt;
    exchange.sendingEnded(undefined);
    if (exchange === this.#turns.current && !exchange.responded) this.#reception.awaitHead(now);
  }

  #uploaded(exchange: Exchange): void {
    this.#uploading = undefined;
    exchange.cancellation?.dispose();
    if (!this.#connection.usable) return;
    this.#reception.awaitNothing();
    this.#connection.onUploaded();
  }
}

/** The error of the core for a content that is not as long as its Content-Length, as an error about the request. */
function aboutTheRequest(error: unknown): unknown {
  if (!(error instanceof ProtocolError) || error.blame !== "local") return error;
  if (error.code !== "BODY_TOO_LONG" && error.code !== "BODY_TOO_SHORT") return error;
  return mismatch(`the content of the request is not as long as its Content-Length: ${error.message}`, error);
}
