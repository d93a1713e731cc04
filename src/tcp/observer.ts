import type { Address } from "./address.ts";

/** What happens to a connection besides its bytes. */
export type ConnectionEvent =
  /** `durationMs`: how long it took to find the addresses. */
  | {
      readonly kind: "resolve";
      readonly host: string;
      readonly addresses: readonly string[];
      readonly durationMs?: number;
    }
  | { readonly kind: "attempt"; readonly remote: Address }
  | { readonly kind: "attempt-failed"; readonly remote: Address; readonly error: string }
  | { readonly kind: "connected"; readonly local: Address; readonly remote: Address }
  /**
   * `proxy`: the address of the proxy, where a PROXY header named the client. `worker`: the number of the worker that
   * serves the connection, from 1; absent without workers, or if no worker was up yet. `relays`: a proxy accepted it.
   */
  | {
      readonly kind: "accepted";
      readonly local: Address;
      readonly remote: Address;
      readonly proxy?: Address;
      readonly worker?: number;
      readonly relays?: true;
    }
  | {
      readonly kind: "tls";
      readonly protocol: string;
      readonly cipher: string;
      readonly alpn: string | undefined;
    }
  /** `bytes` were read from the kernel, or handed to it. They alias live buffers: copy what you keep. */
  | { readonly kind: "read" | "write"; readonly bytes: Uint8Array }
  | { readonly kind: "pause" | "resume" | "drain" }
  | { readonly kind: "peer-end" | "end" }
  | { readonly kind: "abort" | "peer-abort" }
  | { readonly kind: "closed"; readonly how: string; readonly bytesIn: number; readonly bytesOut: number }
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  /**
   * A gap: so many events of this connection were not told, since they came faster than the observer's thread could take
   * them from the worker. `bytesIn` and `bytesOut` passed meanwhile.
   */
  | {
      readonly kind: "dropped";
      readonly events: number;
      readonly bytesIn: number;
      readonly bytesOut: number;
    }
  /** A proxy opened this connection for the one of a client, whose observer has this number. Told first of all. */
  | { readonly kind: "relayed"; readonly connection: number }
  /**
   * A fault of a proxy hit the bytes `[start, end)` that this end had read; `start === end`: a place between bytes.
   * `fault`: its name. `text`: what it did, for people.
   */
  | {
      readonly kind: "fault";
      readonly fault: string;
      readonly text: string;
      readonly start: number;
      readonly end: number;
    };

/** Watches one connection. On a TLS connection it sees the bytes inside the encryption. What it throws is uncaught. */
export interface TcpObserver {
  /** The number of the connection in the records that the observer makes. None by default. */
  readonly number?: number;
  /**
   * Called with each event, in order.
   *
   * `at`: when it happened, in nanoseconds of `process.hrtime`, if that was before now: a worker tells it a moment later.
   */
  connection(event: ConnectionEvent, at?: number): void;
}

/** Tells an observer, if there is one. */
export function observe(observer: TcpObserver | undefined, event: ConnectionEvent, at?: number): void {
  try {
    observer?.connection(event, at);
  } catch (error) {
    throwLater(error);
  }
}

/** Calls a callback of our user (`onClosed`, `onExchange`, …), if there is one. Returns its answer, if it gives one. */
export function tell<T, A>(callback: ((told: T) => A) | undefined, told: T): A | undefined {
  try {
    return callback?.(told);
  } catch (error) {
    throwLater(error);
    return undefined;
  }
}

/**
 * Throws what a callback of our user threw, outside of the connection, which goes on. The error becomes an uncaught
 * exception, as with the listeners of an `EventTarget`.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
