import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import { nowNs } from "../tcp/clock.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { listen } from "../tcp/listen.ts";
import { type TcpObserver, observe as tellObserver } from "../tcp/observer.ts";
import { type Told, ToldEventsReader } from "./told-events.ts";

/** Takes what watched programs tell. */
export interface Receiver {
  /** The Unix socket that the programs send to: the value of WIREPANE_WATCH in their environment. */
  readonly path: string;
  /** Threads that were heard of so far. */
  readonly threads: number;
  /** Resolves when no program is connected, or after so many milliseconds. */
  idle(maxMs: number): Promise<void>;
  /** Stops, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens on a Unix socket in a new folder of this user. `observe` is called once for each connection of each program; the
 * observer is told everything a moment after it happened, with its time.
 *
 * @throws {TransportError} the path of the folder is too long for a socket. @throws {Error} there can be no folder.
 */
export async function receiveFromPrograms(
  observe: (role: "client" | "server") => TcpObserver | undefined,
): Promise<Receiver> {
  // Nobody else can enter a folder of mkdtemp. Absolute: a program may change its working folder.
  const folder = mkdtempSync(join(resolvePath(tmpdir()), "wirepane-"));
  const path = join(folder, "watch");
  let threads = 0;
  let onIdle = (): void => {};
  const listener = await listen({
    path,
    handler: async (connection) => {
      threads++;
      await receiveFrom(connection, observe);
    },
    onClosed: () => onIdle(),
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    path,
    get threads() {
      return threads;
    },
    async idle(maxMs) {
      if (listener.open === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, maxMs);
        onIdle = () => {
          if (listener.open > 0) return;
          clearTimeout(timer);
          resolve();
        };
      });
    },
    async close() {
      await listener.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function receiveFrom(
  connection: TcpConnection,
  observe: (role: "client" | "server") => TcpObserver | undefined,
): Promise<void> {
  const reader = new ToldEventsReader();
  const thread = new Thread(observe);
  try {
    for await (const bytes of connection) {
      for (const told of reader.push(bytes)) thread.receive(told);
    }
  } catch {
    // Whoever sends anything else is none of ours, and a program may be killed at any byte.
    connection.abort();
  } finally {
    thread.ended();
  }
}

interface Watched {
  readonly observer: TcpObserver | undefined;
  isOpen: boolean;
  ended: boolean;
  bytesIn: number;
  bytesOut: number;
}

/** One thread of a program. */
class Thread {
  readonly #observe: (role: "client" | "server") => TcpObserver | undefined;
  /** The connections that are open, by the thread's numbers. */
  readonly #watched = new Map<number, Watched>();
  #offsetNs = 0;

  constructor(observe: (role: "client" | "server") => TcpObserver | undefined) {
    this.#observe = observe;
  }

  receive({ end, at, event, hello }: Told): void {
    if (hello !== undefined) this.#offsetNs = offsetOf(hello.clockNs, nowNs());
    if (event === undefined) return;
    const watched = this.#watched.get(end) ?? this.#begin(end, event.kind);
    if (event.kind === "read") watched.bytesIn += event.bytes.length;
    if (event.kind === "write") watched.bytesOut += event.bytes.length;
    if (event.kind === "dropped") {
      watched.bytesIn += event.bytesIn;
      watched.bytesOut += event.bytesOut;
    }
    if (event.kind === "connected" || event.kind === "accepted") watched.isOpen = true;
    if (event.kind === "end") watched.ended = true;
    if (event.kind === "closed") this.#watched.delete(end);
    tellObserver(watched.observer, event, at + this.#offsetNs);
  }

  /** The thread is gone. The kernel has closed what the thread had open. */
  ended(): void {
    for (const { observer, isOpen, ended, bytesIn, bytesOut } of this.#watched.values()) {
      if (!isOpen) continue;
      if (!ended) tellObserver(observer, { kind: "end" });
      tellObserver(observer, { kind: "closed", how: "end", bytesIn, bytesOut });
    }
    this.#watched.clear();
  }

  #begin(end: number, kind: string): Watched {
    const observer = this.#observe(kind === "accepted" ? "server" : "client");
    const watched = { observer, isOpen: false, ended: false, bytesIn: 0, bytesOut: 0 };
    this.#watched.set(end, watched);
    return watched;
  }
}

/** All processes of one system share the clock. Elsewhere the Hello counts as just sent. */
function offsetOf(senders: number, ours: number): number {
  const shares = senders <= ours && ours - senders < MAX_ON_THE_WAY_NS;
  return shares ? 0 : ours - senders;
}

const MAX_ON_THE_WAY_NS = 60e9;
