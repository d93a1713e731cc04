import type { Clock } from "../tcp/clock.ts";
import { TransportError } from "../tcp/errors.ts";
import { onAbort } from "../tcp/on-abort.ts";

/**
 * One way to be told to stop, for a request that goes through many hands: its `AbortSignal` and its total
 * timeout. Whoever has the request at the moment registers what it takes to stop. Made only for requests that
 * have either, since a listener and a timer cost more than the request.
 */
export class Cancellation {
  readonly #signal: AbortSignal | undefined;
  readonly #stopListening: (() => void) | undefined;
  readonly #clearTimer: (() => void) | undefined;
  #error: TransportError | undefined;
  #stop: ((error: TransportError) => void) | undefined;

  /** @param spentMs what is gone of the timeout already. */
  constructor(signal: AbortSignal | undefined, timeoutMs: number | undefined, clock: Clock, spentMs = 0) {
    this.#signal = signal;
    if (signal?.aborted) {
      this.#aborted();
      return;
    }
    this.#stopListening = signal && onAbort(signal, () => this.#aborted());
    if (timeoutMs !== undefined) {
      this.#clearTimer = clock.after(timeoutMs - spentMs, () => this.#timedOut(timeoutMs));
    }
  }

  /** Why, when it has happened. */
  get error(): TransportError | undefined {
    return this.#error;
  }

  /** `stop` replaces the one before; it is called at once when it is too late. */
  onCancel(stop: ((error: TransportError) => void) | undefined): void {
    this.#stop = stop;
    if (this.#error !== undefined) stop?.(this.#error);
  }

  /** It is over: nothing is left behind on a signal that may live for long. */
  dispose(): void {
    this.#stop = undefined;
    this.#clearTimer?.();
    this.#stopListening?.();
  }

  #aborted(): void {
    const cause: unknown = this.#signal?.reason;
    this.#cancel(new TransportError("ABORTED", "head", "the request was aborted by its caller", { cause }));
  }

  #timedOut(timeoutMs: number): void {
    this.#cancel(
      new TransportError("TIMEOUT_TOTAL", "head", `the request was not complete within ${timeoutMs} ms`),
    );
  }

  #cancel(error: TransportError): void {
    const stop = this.#stop;
    this.dispose();
    this.#error = error;
    stop?.(error);
  }
}
