import type { Http1Connection } from "../../http1/connection.ts";
import { NEED_DATA, PAUSED, type ResponseHead } from "../../http1/events.ts";
import type { Fields } from "../../http1/fields.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import type { TransportError } from "../../tcp/errors.ts";
import { kept } from "../../tcp/socket-reader.ts";
import type { ContentFlow } from "./content-flow.ts";
import type { ContentSender } from "./content-sender.ts";
import type { Exchange } from "./exchange.ts";
import { IncomingResponse } from "./incoming-response.ts";
import type { Reception } from "./reception.ts";
import { ResponseBody } from "./response-body.ts";
import type { Turns } from "./turns.ts";

/** The connection that the responses come on. */
export interface RespondingConnection {
  readonly tcp: TcpConnection;
  /** The response was received to its end. */
  onComplete(exchange: Exchange, trailers: Fields): void;
  /** From here on, the connection speaks another protocol and belongs to the caller. */
  handOver(exchange: Exchange): TcpConnection;
  /** Ends the connection, and fails the current exchange. */
  abort(error: unknown): void;
}

/**
 * Reads responses from what has arrived. The loop (`advance`) is synchronous and runs in the socket's callback:
 * promises are what the caller holds, not what the loop is made of.
 *
 *     head ─► settles the caller's promise     data ─► content, for its reader     end ─► the exchange is complete
 */
export class ResponseReceiver {
  readonly #connection: RespondingConnection;
  readonly #http1: Http1Connection;
  readonly #turns: Turns;
  readonly #reception: Reception;
  readonly #contents: ContentSender;
  readonly #flow: ContentFlow;

  constructor(
    connection: RespondingConnection,
    http1: Http1Connection,
    turns: Turns,
    reception: Reception,
    contents: ContentSender,
    flow: ContentFlow,
  ) {
    this.#connection = connection;
    this.#http1 = http1;
    this.#turns = turns;
    this.#reception = reception;
    this.#contents = contents;
    this.#flow = flow;
  }

  /** Goes on until more bytes are needed, or no request is without a response. `cut`: TCP has ended, and TLS has not. */
  advance(cut?: TransportError): void {
    const turns = this.#turns;
    try {
      while (turns.current !== undefined && this.#step(turns.current));
    } catch (error) {
      const exchange = turns.current;
      if (exchange !== undefined)
        this.#connection.abort(exchange.explained(error, this.#http1.peerFraming, cut));
      return;
    }
    if (turns.current?.responded) this.#flow.update(turns.current, this.#reception.receivedAt);
  }

  /** Takes one event. `false`: there is nothing more to take. */
  #step(exchange: Exchange): boolean {
    const event = this.#http1.nextEvent();
    if (event === NEED_DATA || event === PAUSED) return false;
    switch (event.type) {
      case "informational":
        exchange.informational = [...exchange.informational, event];
        exchange.start.onInformational?.(event);
        if (event.status === 100) this.#contents.letGo();
        return this.#turns.current === exchange;
      case "response":
        this.#respond(exchange, event);
        return this.#turns.current === exchange;
      case "data": {
        const { body } = exchange;
        exchange.contentBytes += event.bytes.length;
        if (body === undefined || body.discarded) return this.#flow.drop(exchange, event.bytes.length);
        if (body.offer(event.bytes)) return this.#turns.current === exchange;
        body.push(kept(event.bytes));
        return true;
      }
      case "end":
        this.#connection.onComplete(exchange, event.trailers);
        return true;
      case "closed":
        return false;
      case "request":
        throw new Error("a client received a request");
      default:
        return event satisfies never;
    }
  }

  #respond(exchange: Exchange, head: ResponseHead): void {
    const body = new ResponseBody(this.#flow);
    exchange.body = body;
    if (exchange.cancellation !== undefined) exchange.cancellation.phase = "body";
    this.#reception.headCame(head.fields);
    if (exchange.abandoned) {
      body.discarded = true;
      this.#reception.awaitEndOfUnwanted();
    }
    const { earlyAnswer: asked = head.status >= 400 ? "stop" : "finish" } = exchange.request;
    const earlyAnswer = typeof asked === "function" ? asked(head.status) : asked;
    if (this.#http1.ourState === "send-body" && (earlyAnswer === "stop" || this.#contents.awaitsContinue)) {
      // The response came before all of the content was sent. With an error the server wants no more of it. With any
      // other response in place of 100 (Continue) the server may or may not read the content (RFC 9110 §10.1.1). Either
      // way the connection is not used again.
      exchange.refusedContent = true;
      this.#contents.stop();
    }
    if (!this.#http1.persistent) this.#turns.seal();
    const upgraded = this.#http1.peerState === "switched" ? this.#connection.handOver(exchange) : undefined;
    exchange.resolve(new IncomingResponse(exchange, head, body, this.#connection.tcp, upgraded));
  }
}
