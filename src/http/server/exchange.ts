import type { RequestHead } from "../../http1/events.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import type { ContentStream } from "../content-stream.ts";
import type { ContentLimits } from "./content-budget.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { BodyReader } from "./request-body.ts";
import type { ExchangeSummary } from "./settings.ts";

/** The connection of an exchange. */
export interface ExchangeOwner {
  /** The handler starts to read the content. */
  contentWanted(exchange: ServedExchange): void;
  /** The handler took a piece of the content. */
  contentTaken(): void;
}

/** One request and its answer, on the server's side. */
export class ServedExchange implements BodyReader {
  readonly request: IncomingRequest;
  readonly startedAt: number;
  readonly #owner: ExchangeOwner;
  /** The request was received to its end. */
  received = false;
  /** The handler has the request. */
  handed = false;
  /** The head of the answer was sent: there can be no other answer. */
  responding = false;
  /** The answer was sent to its end. */
  answered = false;
  /** Nobody waits for the answer any more. */
  lost = false;
  status = 0;
  contentBytes = 0;
  /** The content of the answer, while it streams. */
  content: ContentStream | undefined;
  /** Bytes of the request's content that were dropped, since nobody reads them. */
  discardedBytes = 0;
  error: unknown;

  constructor(
    head: RequestHead,
    connection: TcpConnection,
    owner: ExchangeOwner,
    startedAt: number,
    limits: ContentLimits,
  ) {
    this.request = new IncomingRequest(head, connection, this, limits);
    this.#owner = owner;
    this.startedAt = startedAt;
  }

  onStart(): void {
    this.#owner.contentWanted(this);
  }

  onTaken(): void {
    this.#owner.contentTaken();
  }

  /** The exchange will have no answer, or no complete one. */
  lose(error: Error): void {
    this.lost = true;
    this.error ??= error;
    this.request.body.fail(error);
    this.request.lose(error);
    void this.content?.letGo();
  }

  summary(endedAt: number): ExchangeSummary {
    const { request, error } = this;
    return {
      connectionId: request.connectionId,
      remote: request.remote,
      request: request.head,
      status: this.status,
      contentBytes: this.contentBytes,
      durationMs: endedAt - this.startedAt,
      complete: this.answered,
      ...(error !== undefined && { error }),
    };
  }
}
