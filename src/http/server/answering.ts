import { printable } from "../../bytes/text.ts";
import type { Http1Connection } from "../../http1/connection.ts";
import { Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Deadline } from "../deadline.ts";
import { ContentSender, type SendingConnection } from "./content-sender.ts";
import type { ServedExchange } from "./exchange.ts";
import { type Answer, problem, type ServerResponse } from "./handler.ts";
import { type Outbox, WRITE_BYTES } from "./outbox.ts";
import {
  asServerResponse,
  discardBody,
  type OutgoingContext,
  type OutgoingResponse,
  outgoingResponse,
} from "./outgoing-response.ts";
import type { Persistence } from "./persistence.ts";
import { ResponseSender } from "./response-sender.ts";
import type { ServeSettings } from "./settings.ts";
import { answerToFailure, answerWithoutHandler } from "./unhandled-request.ts";

/** The connection that the answers leave on. */
export interface AnsweredConnection extends SendingConnection {
  /** The exchange in process. An answer to any other exchange comes too late: that one was refused or lost. */
  readonly exchange: ServedExchange | undefined;
  /** The connection is over TLS. */
  readonly secure: boolean;
  /** Milliseconds that never go back. */
  readonly now: number;
  /** The answer was sent to its end. */
  onAnswered(exchange: ServedExchange): void;
  /** The answer cannot be sent to its end. */
  breakOff(exchange: ServedExchange, error: unknown): void;
}

/**
 * Asks the handler, and sends its answer.
 *
 *     request ─► handler ─► answer ─► head, with a short content ─────────────► answered
 *                   │                  head ─► content, piece by piece ─► end ─►
 *                   └── throws, or is late ─► 500, 503
 */
export class Answering {
  readonly #connection: AnsweredConnection;
  readonly #http: Http1Connection;
  readonly #outbox: Outbox;
  readonly #persistence: Persistence;
  readonly #settings: ServeSettings;
  readonly #sender: ResponseSender;
  /** Made for the first content that does not leave with its head. */
  #contents: ContentSender | undefined;
  /** When the handler has to have answered, if that is limited. */
  readonly #handlerDeadline: Deadline | undefined;

  constructor(
    connection: AnsweredConnection,
    http: Http1Connection,
    outbox: Outbox,
    persistence: Persistence,
    settings: ServeSettings,
  ) {
    this.#connection = connection;
    this.#http = http;
    this.#outbox = outbox;
    this.#persistence = persistence;
    this.#settings = settings;
    this.#sender = new ResponseSender(http, outbox);
    if (Number.isFinite(settings.handlerTimeoutMs))
      this.#handlerDeadline = settings.deadlines.create(() => this.#handlerLate());
  }

  /** Gives the request to the handler. */
  handOver(exchange: ServedExchange): void {
    exchange.handed = true;
    let answer: Answer | PromiseLike<Answer>;
    try {
      answer =
        answerWithoutHandler(exchange.request.head, this.#connection.secure) ??
        this.#settings.handler(exchange.request);
    } catch (error) {
      this.#fail(exchange, error);
      return;
    }
    if (isPromiseLike(answer)) {
      this.#handlerDeadline?.set(this.#settings.handlerTimeoutMs);
      answer.then(
        (settled) => this.#answer(exchange, settled),
        (error) => this.#fail(exchange, error),
      );
    } else {
      this.#answer(exchange, answer);
    }
  }

  /** 100 (Continue): the handler starts to read a content that the client holds back. */
  goAhead(): void {
    this.#sender.goAhead();
  }

  /** Answers a request that reached no handler, as the last answer of the connection. */
  refuse(status: number, sentence: string): void {
    const response = this.#made(problem(status, printable(sentence)), this.#http.request, true);
    this.#sender.whole(response);
  }

  /** The client sent FIN. */
  peerEnded(): void {
    this.#contents?.peerEnded();
  }

  /** The connection is over. */
  clear(): void {
    this.#handlerDeadline?.clear();
    this.#contents?.clear();
  }

  #answer(exchange: ServedExchange, answer: Answer): void {
    // The exchange was refused, lost or too late meanwhile.
    if (exchange !== this.#connection.exchange) {
      discardBody(answer);
      return;
    }
    this.#handlerDeadline?.clear();
    let response: OutgoingResponse;
    try {
      const shaped = asServerResponse(answer);
      const isLast = this.#persistence.endsWith(exchange, shaped, this.#connection.peerEnded);
      response = this.#made(shaped, exchange.request.head, isLast);
      if (isShort(response)) this.#sender.whole(response);
      else this.#sender.head(response);
    } catch (error) {
      // The handler's answer breaks a rule (RFC 9110 §5.5: a CR LF in a value, …), and nothing of it was sent.
      discardBody(answer);
      this.#fail(exchange, error);
      return;
    }
    exchange.responding = true;
    exchange.status = response.head.status;
    if (isShort(response)) {
      exchange.contentBytes = response.content?.length ?? 0;
      this.#finish(exchange);
    } else {
      void this.#sendLong(exchange, response);
    }
  }

  #made(answer: ServerResponse, request: OutgoingContext["request"], close: boolean): OutgoingResponse {
    const { heads, idleTimeoutMs } = this.#settings;
    const clockMs = this.#connection.now;
    return outgoingResponse(answer, { request, heads, clockMs, close, idleTimeoutMs });
  }

  /** Sends a content piece by piece, as fast as the peer takes it, and then the end. */
  async #sendLong(exchange: ServedExchange, response: OutgoingResponse): Promise<void> {
    this.#contents ??= new ContentSender(
      this.#sender,
      this.#outbox,
      this.#settings.deadlines,
      this.#connection,
    );
    try {
      await this.#contents.send(exchange, response);
      if (exchange !== this.#connection.exchange) return;
      this.#sender.end(Fields.from(response.trailers?.()));
    } catch (error) {
      // RFC 9112 §8: a content cut short must not look complete.
      this.#connection.breakOff(exchange, error);
      return;
    }
    this.#finish(exchange);
  }

  #finish(exchange: ServedExchange): void {
    exchange.answered = true;
    if (!exchange.received) {
      exchange.request.body.fail(new TransportError("BODY_USED", "body", "the request was answered already"));
    }
    this.#connection.onAnswered(exchange);
  }

  /** Answers for a handler that threw, without the text of its error: that may hold secrets. */
  #fail(exchange: ServedExchange, error: unknown): void {
    if (exchange !== this.#connection.exchange) return;
    // The answer to a failure failed, too: there is nothing left to say.
    if (exchange.error !== undefined) {
      this.#connection.breakOff(exchange, exchange.error);
    } else {
      exchange.error = error;
      this.#answer(exchange, answerToFailure(error));
    }
  }

  /** Nobody knows what the handler still does, so no other request may wait behind this one: the connection ends. */
  #handlerLate(): void {
    const { exchange } = this.#connection;
    if (exchange === undefined || exchange.responding) return;
    const sentence = `no answer within ${this.#settings.handlerTimeoutMs / 1000} s`;
    const error = new TransportError("TIMEOUT_HANDLER", "head", `the handler gave ${sentence}`);
    exchange.lose(error);
    this.#answer(exchange, problem(503, `${sentence} [RFC 9110 §15.6.4]`, [["Connection", "close"]]));
  }
}

/** Whether head and content leave in one write. */
const isShort = ({ stream, content }: OutgoingResponse): boolean =>
  stream === undefined && (content === undefined || content.length <= WRITE_BYTES);

/** Not `instanceof`: other libraries, and other realms, have promises of their own. */
function isPromiseLike(answer: Answer | PromiseLike<Answer>): answer is PromiseLike<Answer> {
  return typeof (answer as Partial<PromiseLike<Answer>> | null | undefined)?.then === "function";
}
