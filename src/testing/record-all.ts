import type { TcpObserver } from "../tcp/observer.ts";
import { type Recorder, recordTrace } from "../trace/recorder.ts";
import { hookSockets } from "../watch/hooks.ts";
import { ForeignRecording, type Recording } from "./recording.ts";

const MAX_BYTES = 64 * 1024 * 1024;

/** How much `recordAll` keeps. */
export interface RecordAllOptions {
  /** How many bytes are kept, 64 MiB by default. A test that needs more fails when it asks for records. */
  readonly maxBytes?: number;
}

/** A recording that goes on until it is disposed of. */
export interface FullRecording extends Recording, Disposable, AsyncDisposable {
  /** From now on nothing more is recorded. The records stay. */
  stop(): void;
}

type Role = "client" | "server";

/** Recordings that go on. All share one set of hooks: sets that overlap could not be taken off in any order. */
const active = new Set<Recorder>();
let takeOff: (() => void) | undefined;
/** What took the hooks off. */
let fault: unknown;

/**
 * Records every connection that this thread opens or accepts from now on, of any library: TCP, TLS (the bytes inside the
 * encryption) and Unix sockets. HTTP is found in the bytes.
 *
 * `records` throws an `Error` if this Node is not as the hooks know it.
 */
export function recordAll({ maxBytes = MAX_BYTES }: RecordAllOptions = {}): FullRecording {
  const recorder = recordTrace({ maxBytes });
  const recording = new ForeignRecording(recorder);
  active.add(recorder);
  takeOff ??= putOn();
  const stop = (): void => {
    active.delete(recorder);
    if (active.size > 0) return;
    takeOff?.();
    takeOff = undefined;
  };
  return {
    get records() {
      if (fault !== undefined)
        throw new Error("the sockets of this Node cannot be recorded", { cause: fault });
      return recording.records;
    },
    stop,
    [Symbol.dispose]: stop,
    [Symbol.asyncDispose]: async () => stop(),
  };
}

function putOn(): () => void {
  fault = undefined;
  return hookSockets(observerOf, (error) => {
    fault = error;
  });
}

/** A connection tells each recording that goes on when the connection begins, until that recording stops. */
function observerOf(role: Role): TcpObserver | undefined {
  const observers = [...active].map((recorder) => ({ recorder, observer: recorder.observe(role) }));
  return {
    connection(event, at) {
      for (const { recorder, observer } of observers)
        if (active.has(recorder)) observer.connection(event, at);
    },
  };
}
