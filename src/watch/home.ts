import fs from "node:fs";
import net from "node:net";
import { setImmediate, setTimeout } from "node:timers";
import { copyOf } from "../bytes/copy.ts";
import { nowNs } from "../tcp/clock.ts";
import { descriptorOf } from "../tcp/node-internals.ts";
import type { ConnectionEvent, TcpObserver } from "../tcp/observer.ts";
import { OwnDescriptor } from "./own-descriptor.ts";
import { ToldEvents } from "./told-events.ts";

/** How much may wait for a reader that does not read. Beyond it bytes are dropped, and counted. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Events without bytes are told even beyond that limit: a connection has only a few. Up to this one. */
const MAX_WAITING_IN_ALL_BYTES = 2 * MAX_WAITING_BYTES;
/** A full socket is tried again after so long. */
const RETRY_MS = 5;
/** How long the end of the program waits for a reader that takes nothing, in tries. */
const LAST_TRIES = 200;

/**
 * Sends what this thread's connections do to the process that shows it, at the end of each turn of the event loop.
 *
 * Events are written by the descriptor of a Unix socket, without libuv: a write is over when the call returns, so nothing
 * is pending when the program exits, and no error can reach the program. The socket's object only owns the descriptor. It
 * neither reads nor keeps the loop alive. What the reader does not take waits here.
 */
export class Home {
  readonly #socket: net.Socket;
  readonly #descriptor: OwnDescriptor | undefined;
  readonly #told = new ToldEvents();
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  readonly #onLost: () => void;
  /** Nobody reads. */
  isLost = false;
  #retries = false;
  #lastEnd = 0;

  /** `onLost`: nobody reads, or nobody reads any more. Called once, maybe by the constructor. */
  constructor(path: string, onLost: () => void) {
    this.#onLost = onLost;
    this.#socket = new net.Socket();
    // An end that nobody reads does not close the descriptor.
    this.#socket.on("error", () => {}).pause();
    this.#socket.connect(path).unref();
    const number = descriptorOf(this.#socket);
    if (number !== undefined) {
      this.#descriptor = new OwnDescriptor(number);
      this.#socket.once(
        "connect",
        beforeClosing(number, () => this.#lose()),
      );
    }
    // The end of the connecting, too, would have Node close whatever has the number then.
    this.#socket._destroy = (error, done) => {
      if (this.#descriptor?.isOurs === false) done(error);
      else net.Socket.prototype._destroy.call(this.#socket, error, done);
    };
    const now = nowNs();
    this.#told.add(0, now, { wirepane: 1, clockNs: now });
    this.#flush();
  }

  /** An observer for one connection. */
  observe(): TcpObserver {
    return new End(this, ++this.#lastEnd);
  }

  /** Whether an event with so many bytes may be told now. */
  hasRoom(bytes: number): boolean {
    const waiting = this.#waitingBytes + this.#told.length;
    return waiting + bytes <= (bytes === 0 ? MAX_WAITING_IN_ALL_BYTES : MAX_WAITING_BYTES);
  }

  tell(end: number, at: number, event: ConnectionEvent): void {
    // An immediate that does not keep the program alive: when the program ends, `end` sends the rest.
    if (this.#told.length === 0) setImmediate(() => this.#flush()).unref();
    this.#told.add(end, at, event);
  }

  /** The program ends: sends what is left, as long as the reader takes something. */
  end(): void {
    this.#flush();
    for (let tries = 0; this.#waiting.length > 0 && tries < LAST_TRIES; tries++) {
      if (this.#writeWaiting()) tries = 0;
      else Atomics.wait(PAUSE, 0, 0, RETRY_MS);
    }
  }

  #flush(): void {
    const entries = this.#told.take();
    if (this.isLost || entries.length === 0) return;
    const written = this.#waiting.length > 0 ? 0 : this.#write(entries);
    if (this.isLost || written === entries.length) return;
    const rest = copyOf(entries.subarray(written));
    this.#waiting.push(rest);
    this.#waitingBytes += rest.length;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#retries) return;
    this.#retries = true;
    setTimeout(() => {
      this.#retries = false;
      this.#writeWaiting();
      if (this.#waiting.length > 0) this.#retryLater();
    }, RETRY_MS).unref();
  }

  /** Writes as much as there is room for. `false`: there was none. */
  #writeWaiting(): boolean {
    let moved = false;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = this.#write(first);
      if (written === 0) return moved;
      moved = true;
      this.#waitingBytes -= written;
      if (written === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(written);
    }
    return moved;
  }

  /** How many of the bytes the kernel took. */
  #write(bytes: Uint8Array): number {
    try {
      if (this.#descriptor !== undefined) return this.#descriptor.write(bytes);
    } catch {
      // EPIPE and its like, or the program has closed the number.
    }
    this.#lose();
    return 0;
  }

  #lose(): void {
    this.isLost = true;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#socket.destroy();
    this.#onLost();
  }
}

/**
 * Calls `giveUp`, which closes the number, where the program closes it by `node:fs`, until the function returned is called.
 *
 * While a socket connects, libuv waits at its number. If the number is closed behind libuv's back, libuv ends the process,
 * or never tells the program of the next socket with that number.
 */
function beforeClosing(number: number, giveUp: () => void): () => void {
  let waits = true;
  const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  const undo = ["close", "closeSync"].map((name) => {
    const original = functions[name] as (...args: unknown[]) => unknown;
    const guard = function (this: unknown, ...args: unknown[]): unknown {
      if (!waits || args[0] !== number) return original.apply(this, args);
      giveUp();
      const [, done] = args;
      if (typeof done === "function") process.nextTick(done, null);
      return undefined;
    };
    Object.defineProperties(guard, Object.getOwnPropertyDescriptors(original));
    functions[name] = guard;
    return () => {
      if (functions[name] === guard) functions[name] = original;
    };
  });
  return () => {
    waits = false;
    for (const putBack of undo) putBack();
  };
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** One connection, as the reader is told of it. */
class End implements TcpObserver {
  readonly #home: Home;
  readonly #number: number;
  /** Its beginning was dropped: nothing is told of it. */
  #isUnknown = false;
  #dropped = { events: 0, bytesIn: 0, bytesOut: 0 };

  constructor(home: Home, number: number) {
    this.#home = home;
    this.#number = number;
  }

  connection(event: ConnectionEvent): void {
    if (this.#isUnknown) return;
    if (!this.#home.hasRoom("bytes" in event ? event.bytes.length : 0)) {
      this.#drop(event);
      return;
    }
    const at = nowNs();
    if (this.#dropped.events > 0) {
      this.#home.tell(this.#number, at, { kind: "dropped", ...this.#dropped });
      this.#dropped = { events: 0, bytesIn: 0, bytesOut: 0 };
    }
    this.#home.tell(this.#number, at, event);
  }

  #drop(event: ConnectionEvent): void {
    this.#dropped.events++;
    if (event.kind === "read") this.#dropped.bytesIn += event.bytes.length;
    else if (event.kind === "write") this.#dropped.bytesOut += event.bytes.length;
    else this.#isUnknown = true;
  }
}
