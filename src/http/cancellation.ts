import type { Clock } from "../tcp/clock.ts";
import { type Phase, TransportError } from "../tcp/errors.ts";
import { onAbort } from "../tcp/on-abort.ts";

/**
 * Stops a request, wherever it is: for its `AbortSignal`, or when its total timeout is over. The part of the client
 * that has the request at the moment registers how to stop it. Made only for requests that have a signal or a timeout,
 * since a listener and a timer cost more than the request.
 */
export class Cancellation {
  readonly #signal: AbortSignal | undefined;
  readonly #stopListening: (() => void) | undefined;
  readonly #clearTimer: (() => void) | undefined;
  #error: TransportError | undefined;
  /** How far the request has come: what cancels it does not know. */
  phase: Phase = "connect";
  #stop: ((error: TransportError) => void) | undefined;

  /**
   * @param spentMs how much of the timeout is over already.
   * @param statedMs the limit that the error tells.
   */
  constructor(
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    clock: Clock,
    spentMs = 0,
    statedMs = timeoutMs,
  ) {
    this.#signal = signal;
    if (signal?.aborted) {
      this.#aborted();
      return;
    }
    this.#stopListening = signal && onAbort(signal, () => this.#aborted());
    if (timeoutMs !== undefined) {
      this.#clearTimer = clock.after(timeoutMs - spentMs, () => this.#timedOut(statedMs ?? timeoutMs));
    }
  }

  /** Why the request is cancelled; `undefined` while it is not. */
  get error(): TransportError | undefined {
    return this.#error;
  }

  /** `stop` replaces the function that was given before. If the request is cancelled already, it is called at once. */
  onCancel(stop: ((error: TransportError) => void) | undefined): void {
    this.#stop = stop;
    if (this.#error !== undefined) stop?.(this.#error);
  }

  /** The request is over. Leaves nothing behind on the signal, which may live for long. */
  dispose(): void {
    this.#stop = undefined;
    this.#clearTimer?.();
    this.#stopListening?.();
  }

  #aborted(): void {
    const cause: unknown = this.#signal?.reason;
    this.#cancel(
      new TransportError("ABORTED", this.phase, "the request was aborted by its caller", { cause }),
    );
  }

  #timedOut(timeoutMs: number): void {
    this.#cancel(
      new TransportError(
        "TIMEOUT_TOTAL",
        this.phase,
        `the request was not complete within ${Math.ceil(timeoutMs)} ms`,
      ),
    );
  }

  #cancel(error: TransportError): void {
    const stop = this.#stop;
    this.dispose();
    this.#error = error;
    stop?.(error);
  }
}
