import type { IncomingRequest } from "./incoming-request.ts";
import type { ExchangeSummary } from "./serve-settings.ts";

/** One request and its answer, on the side that answers. */
export class ServedExchange {
  readonly request: IncomingRequest;
  readonly startedAt: number;
  /** The request was received to its end. */
  received = false;
  /** The handler has it. */
  handed = false;
  /** The head of the answer is on its way: it cannot become another. */
  responding = false;
  answered = false;
  status = 0;
  contentBytes = 0;
  /** Content of the request that nobody reads any more. */
  discardedBytes = 0;
  error: unknown;

  constructor(request: IncomingRequest, startedAt: number) {
    this.request = request;
    this.startedAt = startedAt;
  }

  /** The exchange will have no answer, or no complete one. */
  lose(error: Error): void {
    this.error ??= error;
    this.request.body.fail(error);
    this.request.lose(error);
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
