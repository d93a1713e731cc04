import { joined } from "../../bytes/copy.ts";
import { latin1, latin1Bytes } from "../../bytes/text.ts";
import type { Http1Connection } from "../../http1/connection.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import type { TransportError } from "../../tcp/errors.ts";
import { type ContentSender, PIECE_BYTES } from "./content-sender.ts";
import type { Exchange } from "./exchange.ts";
import { endOf, type OutgoingRequest } from "./outgoing-request.ts";
import type { Reception } from "./reception.ts";
import type { Turns } from "./turns.ts";

/** The connection that the requests leave on. */
export interface RequestConnection {
  readonly tcp: TcpConnection;
  readonly usable: boolean;
  /** Why the connection is not usable, if that is known. */
  readonly goneBecause: Error | undefined;
  /** The connection has room for another exchange. */
  free(): void;
  /** Ends the connection, and fails the current exchange. */
  abort(error: unknown): void;
}

/** Content up to this size becomes text, like the head: for so little, text costs less than bytes. */
const TEXT_BYTES = 1024;

/** Sends the requests that a connection has taken: all of them as one text, where their contents are short. */
export class RequestSender {
  readonly #connection: RequestConnection;
  readonly #http1: Http1Connection;
  readonly #turns: Turns;
  readonly #reception: Reception;
  readonly #contents: ContentSender;

  constructor(
    connection: RequestConnection,
    http1: Http1Connection,
    turns: Turns,
    reception: Reception,
    contents: ContentSender,
  ) {
    this.#connection = connection;
    this.#http1 = http1;
    this.#turns = turns;
    this.#reception = reception;
    this.#contents = contents;
  }

  readonly sendTaken = (): void => {
    const now = this.#reception.clock.now();
    let gathered = "";
    for (const exchange of this.#turns.nextBatch()) {
      if (!this.#connection.usable || !this.#http1.persistent) this.#handBack(exchange);
      else gathered = this.#begin(exchange, gathered, now);
    }
    if (gathered !== "" && this.#connection.usable) this.#connection.tcp.send(gathered);
  };

  /** The connection closed after the pool gave it out, or will close: the request needs another connection. */
  #handBack(exchange: Exchange): void {
    this.#turns.withdraw();
    if (this.#turns.begun) exchange.start.owner.dispatch(exchange);
    else exchange.failed(this.#connection.goneBecause ?? exchange.closedBeforeResponse());
  }

  /** @returns the text that is to be sent: the request behind what was gathered before. */
  #begin(exchange: Exchange, gathered: string, now: number): string {
    const { cancellation, timings } = exchange;
    if (cancellation?.error !== undefined) {
      this.#turns.withdraw();
      exchange.reject(cancellation.error);
      if (this.#turns.load === 0) this.#connection.free();
      return gathered;
    }
    timings.connectedMs = now - timings.startedAt;
    this.#turns.begin(exchange);
    if (cancellation !== undefined) {
      cancellation.phase = "head";
      cancellation.onCancel((error) => this.#cancel(exchange, error));
    }
    let text: string | undefined;
    try {
      text = this.#send(exchange.request, gathered);
    } catch (error) {
      return this.#refused(exchange, error) ? gathered : "";
    }
    if (text === undefined) {
      void this.#contents.send(exchange);
      return "";
    }
    timings.sentMs = now - timings.startedAt;
    if (exchange === this.#turns.current) this.#reception.awaitHead(now);
    return text;
  }

  /** @returns the text that is still to be sent. `undefined`: the head was sent, and its content has to follow. */
  #send(request: OutgoingRequest, gathered: string): string | undefined {
    const { head, content, awaitsContinue } = request;
    const headText = this.#http1.sendHead(head);
    if (content === undefined) {
      const end = this.#http1.send(endOf(request));
      return end.length === 0 ? gathered + headText : gathered + headText + latin1(end);
    }
    if (!(content instanceof Uint8Array) || content.length > PIECE_BYTES || awaitsContinue) {
      this.#connection.tcp.send(gathered + headText);
      return undefined;
    }
    const data = this.#http1.send({ type: "data", bytes: content });
    const end = this.#http1.send(endOf(request));
    if (content.length <= TEXT_BYTES) return gathered + headText + latin1(data) + latin1(end);
    this.#connection.tcp.send(joined([latin1Bytes(gathered + headText), data, end]));
    return "";
  }

  /** The core refused a request. `true`: the connection goes on with the requests ahead of it. */
  #refused(exchange: Exchange, error: unknown): boolean {
    if (this.#turns.withdrawLast(exchange)) {
      // A request without content is refused before anything has moved.
      exchange.reject(error);
      return true;
    }
    // Nothing of the request was sent. But the core's state may have moved, so the connection takes no other request.
    this.#connection.abort(error);
    return false;
  }

  #cancel(exchange: Exchange, error: TransportError): void {
    if (exchange === this.#turns.current) {
      this.#connection.abort(error);
    } else {
      // Ending the connection would lose the requests ahead of this one, so its response is read and dropped.
      exchange.abandoned = true;
      exchange.reject(error);
    }
  }
}
