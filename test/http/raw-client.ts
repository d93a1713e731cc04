import { latin1 } from "../../src/bytes/text.ts";
import { serveConnection } from "../../src/http/server/connection.ts";
import type { HttpHandler } from "../../src/http/server/handler.ts";
import type { ServeConnectionOptions } from "../../src/http/server/settings.ts";
import type { Clock } from "../../src/tcp/clock.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";

/** 6 November 1994, the date in RFC 9110's examples. */
const NOW = Date.UTC(1994, 10, 6, 8, 49, 37);

/** A client that sends raw bytes to `serveConnection` over memory, and keeps everything that comes back. */
export interface RawClient {
  readonly connection: TcpConnection;
  readonly clock: ManualClock;
  /** Settles when the server is done with the connection. */
  readonly served: Promise<void>;
  /** Each write of the server, as latin1. */
  readonly writes: string[];
  send(text: string | Uint8Array): void;
  /** Everything that came back, once it matches. Rejects if the server ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Everything that came back until the server ended. */
  toEnd(): Promise<string>;
}

export function rawClient(handler: HttpHandler, options: Partial<ServeConnectionOptions> = {}): RawClient {
  const [connection, server] = memoryConnectionPair();
  const clock = new ManualClock();
  const served = serveConnection(server, { handler, clock, now: () => NOW, ...options });
  const writes: string[] = [];
  let ended = false;
  let wake = (): void => {};
  connection.attach({
    onBytes(bytes) {
      writes.push(latin1(bytes));
      wake();
    },
    onEnd() {
      ended = true;
      wake();
    },
    onClose() {
      ended = true;
      wake();
    },
  });
  const waitFor = async (done: (received: string) => boolean): Promise<string> => {
    for (;;) {
      const received = writes.join("");
      if (done(received)) return received;
      if (ended) throw new Error(`the server ended after ${JSON.stringify(received)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    connection,
    clock,
    served,
    writes,
    send: (text) => void connection.send(text),
    until: (pattern) => waitFor((received) => pattern.test(received)),
    toEnd: () => waitFor(() => ended),
  };
}

/** Time that moves only when told to. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #ticks = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  every(_ms: number, tick: () => void): () => void {
    this.#ticks.add(tick);
    return () => this.#ticks.delete(tick);
  }

  after(ms: number, expired: () => void): () => void {
    const at = this.#now + ms;
    const stop = this.every(0, () => {
      if (this.#now < at) return;
      stop();
      expired();
    });
    return stop;
  }

  afterPoll(turn: () => void): void {
    setImmediate(turn);
  }

  afterPromises(turn: () => void): void {
    process.nextTick(turn);
  }

  get running(): boolean {
    return this.#ticks.size > 0;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const tick of this.#ticks) tick();
  }
}

/** Lets everything run that is ready: microtasks, and bytes that the memory connection delivers. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
