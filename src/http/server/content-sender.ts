import { ContentStream } from "../content-stream.ts";
import type { Deadline, Deadlines } from "../deadline.ts";
import type { ServedExchange } from "./exchange.ts";
import { type Outbox, WRITE_BYTES } from "./outbox.ts";
import type { OutgoingResponse } from "./outgoing-response.ts";
import type { ResponseSender } from "./response-sender.ts";

/** How often we probe whether a client that ended its direction still reads: at once, 0.1, 0.5 and 1.4 s later. */
const MAX_PROBES = 4;
const PROBE_MS = 100;

/** What a sender has to know of its connection. */
export interface SendingConnection {
  /** The connection gathers what is sent now, and sends it itself soon. */
  readonly gathering: boolean;
  /** The peer sent FIN. */
  readonly peerEnded: boolean;
}

/** Sends contents that do not leave together with their heads: piece by piece, as fast as the peer takes them. */
export class ContentSender {
  readonly #sender: ResponseSender;
  readonly #outbox: Outbox;
  readonly #probing: Deadline;
  readonly #connection: SendingConnection;
  #streaming: ServedExchange | undefined;
  #probes = 0;

  constructor(sender: ResponseSender, outbox: Outbox, deadlines: Deadlines, connection: SendingConnection) {
    this.#sender = sender;
    this.#outbox = outbox;
    this.#probing = deadlines.create(() => this.#probe());
    this.#connection = connection;
  }

  /** Resolves when the content has been sent, or the exchange is lost. @throws what the stream failed with. */
  async send(exchange: ServedExchange, { stream, content }: OutgoingResponse): Promise<void> {
    if (stream === undefined) return this.#sendPiece(exchange, content);
    const pieces = new ContentStream(stream);
    exchange.content = pieces;
    this.#streaming = exchange;
    // The head leaves now: the first piece may come late.
    this.#flush();
    if (this.#connection.peerEnded) this.#startProbing();
    for (;;) {
      const { done, value } = await pieces.next();
      // The exchange was lost, and its stream was let go with it.
      if (exchange.lost) return;
      if (done) break;
      const sending = this.#sendPiece(exchange, value);
      if (sending !== undefined) await sending;
    }
    exchange.content = undefined;
    this.#streaming = undefined;
  }

  /** The peer sent FIN. It may still read, or be gone. */
  peerEnded(): void {
    if (this.#streaming !== undefined) this.#startProbing();
  }

  /** The connection is over. */
  clear(): void {
    this.#streaming = undefined;
    this.#probing.clear();
  }

  /** `undefined`: the next piece may follow at once. */
  #sendPiece(exchange: ServedExchange, bytes: unknown): Promise<void> | undefined {
    if (!(bytes instanceof Uint8Array))
      throw new TypeError(`the stream of a handler gave ${typeof bytes}, but it has to give bytes`);
    // A large piece is split, since the peer has to take each write within a fixed time.
    if (bytes.length > WRITE_BYTES) return this.#sendInPieces(exchange, bytes);
    this.#sender.content(bytes);
    exchange.contentBytes += bytes.length;
    this.#flush();
    return this.#outbox.blocked ? this.#outbox.drained() : undefined;
  }

  async #sendInPieces(exchange: ServedExchange, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !exchange.lost; at += WRITE_BYTES) {
      const sending = this.#sendPiece(exchange, bytes.subarray(at, at + WRITE_BYTES));
      if (sending !== undefined) await sending;
    }
  }

  #flush(): void {
    if (!this.#connection.gathering) this.#outbox.flush();
  }

  #startProbing(): void {
    this.#probes = 0;
    this.#probe();
  }

  /**
   * Finds out whether a client that ended its direction is gone, or still reads. A client that is gone answers bytes with
   * a reset, and then our next write fails. Nothing else would show it, since nothing is read after a FIN, and a stream
   * that gives no more pieces would wait for ever.
   */
  #probe(): void {
    if (this.#streaming === undefined || this.#streaming.lost) return;
    if (!this.#outbox.blocked) this.#sender.signOfLife();
    this.#flush();
    this.#probes++;
    if (this.#probes < MAX_PROBES) this.#probing.set(PROBE_MS * this.#probes ** 2);
  }
}
