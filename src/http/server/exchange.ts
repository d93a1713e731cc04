import type { RequestHead } from "../../http1/events.ts";
import type { TcpConnection } from "../../tcp/connection.ts";
import type { AnswerStream } from "./answer-stream.ts";
import type { ContentLimits } from "./content-budget.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { BodyReader } from "./request-body.ts";
import type { ExchangeSummary } from "./settings.ts";

/** The connection it takes place on. */
export interface ExchangeOwner {
  /** The handler starts to read the content. */
  contentWanted(exchange: ServedExchange): void;
  /** The handler took some of it. */
  contentTaken(): void;
}

/** One request and its answer, on the side that answers. */
export class ServedExchange implements BodyReader {
  readonly request: IncomingRequest;
  readonly startedAt: number;
  readonly #owner: ExchangeOwner;
  /** The request was received to its end. */
  received = false;
  /** The handler has it. */
  handed = false;
  /** The head of the answer is on its way: it cannot become another. */
  responding = false;
  answered = false;
  /** Nobody waits for its answer any more. */
  lost = false;
  status = 0;
  contentBytes = 0;
  /** The content of the answer, while it streams. */
  content: AnswerStream | undefined;
  /** Content of the request that nobody reads any more. */
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
