interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly callAll: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `callback` when the signal is aborted, unless the returned function is called before.
 *
 * All callbacks of one signal share one listener. Node 20 warns of a leak at the eleventh listener, but a signal for a
 * hundred requests is no leak. When no callback is left, the listener goes.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = waitingFor.get(signal) ?? newWaiting(signal);
  const { callbacks, callAll } = waiting;
  if (callbacks.size === 0) signal.addEventListener("abort", callAll);
  callbacks.add(callback);
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener("abort", callAll);
  };
}

function newWaiting(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const callAll = (): void => {
    for (const callback of callbacks) callback();
  };
  const waiting = { callbacks, callAll };
  waitingFor.set(signal, waiting);
  return waiting;
}
