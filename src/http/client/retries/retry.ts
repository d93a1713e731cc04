import { type Clock, systemClock } from "../../../tcp/clock.ts";
import { ownOptions } from "../../../tcp/own-options.ts";
import type { ClientResponse, RequestInput } from "../messages.ts";
import { isIdempotent } from "../outgoing-request.ts";
import { comesOnce } from "../request-content.ts";
import type { Send, Step } from "../step.ts";
import { backoffMs, delay } from "./delay.ts";
import { retryAfterMs } from "./retry-after.ts";
import { RetryBudget } from "./retry-budget.ts";
import { failedBeforeSending, isTransient, TRANSIENT_STATUSES } from "./transient.ts";

/** Which requests are sent again, how often, and when. */
export interface RetryPolicy {
  /** How many times a request is sent again, 3 by default. */
  readonly maxRetries?: number | undefined;
  /** Milliseconds before the first retry, 500 by default; twice as long before each further one. */
  readonly minDelayMs?: number | undefined;
  /**
   * Milliseconds that are waited at most, 30,000 by default. A server that asks for a longer wait (Retry-After) is not
   * asked again: the caller gets the response.
   */
  readonly maxDelayMs?: number | undefined;
  /** Milliseconds from the call in which a retry may begin, 120,000 by default. */
  readonly maxTotalMs?: number | undefined;
  /** The statuses that are retried: 408, 429, 500, 502, 503 and 504 by default. */
  readonly statuses?: readonly number[] | undefined;
  /**
   * Send requests again that may do harm twice (POST, PATCH). `false` by default: such a request is sent again only if
   * no byte of it was sent. `RequestInput.idempotent` decides for one request.
   */
  readonly allMethods?: boolean | undefined;
  /**
   * How many retries there are for each request of this step, 0.1 by default, beside ten that are always there: a
   * server that fails should not get several times its requests. 1 or more: no limit but `maxRetries`.
   */
  readonly maxShare?: number | undefined;
  /** Told of each retry before the wait for it. It may throw, to give up: the request fails with that error. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** A number from 0 to 1, for the jitter of the delay; `Math.random` by default. */
  readonly random?: (() => number) | undefined;
  /** Where time comes from: the system by default. */
  readonly clock?: Pick<Clock, "now" | "after"> | undefined;
  /** Milliseconds since 1970, for a Retry-After that is a date; `Date.now` by default. */
  readonly epochMs?: (() => number) | undefined;
}

/** A request that is about to be sent again. */
export interface Retry {
  /** The request that failed. */
  readonly request: RequestInput;
  /** 1 for the first retry. */
  readonly retry: number;
  /** Milliseconds until the request is sent again. */
  readonly delayMs: number;
  /** The response, if there was one. Its content will not be read. */
  readonly response: ClientResponse | undefined;
  /** The error, if there was no response. */
  readonly error: unknown;
}

interface Failure {
  readonly response: ClientResponse | undefined;
  readonly error: unknown;
}

/**
 * A step that sends a request again after a failure that may be gone a little later: no connection, a connection that
 * was lost before the response, or a status such as 503. When nothing is left to be tried, the caller gets the last
 * response, or the last error.
 *
 * Only requests that do no harm twice are sent again (RFC 9110 §9.2.2), and those of which no byte was sent. A stream
 * is never sent twice; a `ContentSource` is opened again. The client's own repetition on a reused connection comes before this step, and is not counted.
 *
 * `timeoutMs` of a request is the limit for all its attempts and waits.
 */
export function retries(given: RetryPolicy = {}): Step {
  const policy = ownOptions(given);
  const clock = policy.clock ?? systemClock;
  const budget = new RetryBudget(policy.maxShare ?? 0.1);
  return async (input, next) => {
    budget.countRequest();
    const startedAt = clock.now();
    const spentMs = (): number => clock.now() - startedAt;
    for (let retry = 1; ; retry++) {
      const attempt = retry === 1 ? input : ownOptions(input, remaining(input, spentMs()));
      const failure = await outcome(attempt, next, policy);
      if (!("error" in failure)) return failure;
      const delayMs = delayBefore(retry, failure, input, spentMs(), policy);
      if (delayMs === undefined || !budget.take()) return settled(failure);
      await again({ request: attempt, retry, delayMs, ...failure }, clock, policy);
    }
  };
}

/** Whether a request may be sent again after this failure. */
function mayBeRetried(input: RequestInput, { error }: Failure, policy: RetryPolicy): boolean {
  if (comesOnce(input.body)) return false;
  return policy.allMethods || isIdempotent(input) || failedBeforeSending(error);
}

/** The response, or what went wrong and may be gone a little later. */
async function outcome(
  input: RequestInput,
  next: Send,
  { statuses = TRANSIENT_STATUSES }: RetryPolicy,
): Promise<ClientResponse | Failure> {
  try {
    const response = await next(input);
    return statuses.includes(response.status) ? { response, error: undefined } : response;
  } catch (error) {
    if (!isTransient(error)) throw error;
    return { response: undefined, error };
  }
}

/** Milliseconds until the retry; `undefined`: there will be none. */
function delayBefore(
  retry: number,
  failure: Failure,
  input: RequestInput,
  spentMs: number,
  policy: RetryPolicy,
): number | undefined {
  const { maxRetries = 3, minDelayMs = 500, maxDelayMs = 30_000, maxTotalMs = 120_000 } = policy;
  if (retry > maxRetries || !mayBeRetried(input, failure, policy)) return undefined;
  const { random = Math.random, epochMs = Date.now } = policy;
  const asked = retryAfterMs(failure.response?.fields.get("retry-after"), epochMs());
  if (asked !== undefined && asked > maxDelayMs) return undefined;
  const ms = Math.max(asked ?? 0, backoffMs(retry, minDelayMs, maxDelayMs, random()));
  const leftMs = Math.min(maxTotalMs, input.timeoutMs ?? Number.POSITIVE_INFINITY) - spentMs;
  return ms < leftMs ? ms : undefined;
}

async function again(retry: Retry, clock: Pick<Clock, "after">, { onRetry }: RetryPolicy): Promise<void> {
  try {
    onRetry?.(retry);
  } finally {
    retry.response?.discard();
  }
  await delay(retry.delayMs, clock, retry.request.signal);
}

function settled({ response, error }: Failure): ClientResponse {
  if (response === undefined) throw error;
  return response;
}

/** The total timeout of a request counts from the first attempt. */
function remaining({ timeoutMs, statedTimeoutMs = timeoutMs }: RequestInput, spentMs: number) {
  return timeoutMs === undefined ? {} : { timeoutMs: Math.max(timeoutMs - spentMs, 1), statedTimeoutMs };
}
