import { writeSync } from "node:fs";
import net from "node:net";
import { setImmediate, setTimeout } from "node:timers";
import { isMainThread, threadId } from "node:worker_threads";
import { nowNs } from "../tcp/clock.ts";
import { ObservationSender } from "../tcp/models/workers/observation-sender.ts";
import { descriptorOf } from "../tcp/node-internals.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import { helloFrame, turnFrame } from "./frames.ts";

/** A full pipe is tried again after so long. */
const RETRY_MS = 5;
/** How long the end of the program waits for a reader that takes nothing, in tries. */
const LAST_TRIES = 200;

/**
 * Sends what this thread's connections do to the process that shows it.
 *
 * Frames are written by the descriptor of a Unix socket, without libuv: a write is over when the call returns, so nothing
 * is pending when the program exits, and no error can reach it. The socket's object only owns the descriptor. It neither
 * reads nor keeps the loop alive. What the reader does not take waits here, at most what `ObservationSender` allows.
 */
export class Home {
  readonly #socket: net.Socket;
  readonly #descriptor: number | undefined;
  readonly #sender: ObservationSender;
  /** What the reader has not taken yet, and how much of the sender's limit it counts for. */
  readonly #waiting: { bytes: Uint8Array; readonly size: number }[] = [];
  readonly #onLost: () => void;
  /** Nobody reads. */
  isLost = false;
  #retries = false;

  /** `onLost`: nobody reads, or nobody reads any more. Called once, maybe by the constructor. */
  constructor(path: string, onLost: () => void) {
    this.#onLost = onLost;
    this.#socket = new net.Socket();
    // An end that nobody reads does not close the descriptor.
    this.#socket.on("error", () => {}).pause();
    this.#socket.connect(path).unref();
    this.#descriptor = descriptorOf(this.#socket);
    // An immediate that does not keep the program alive: when the program ends, `end` sends the rest.
    this.#sender = new ObservationSender(
      (batch) => this.#send(turnFrame(batch), batch.size),
      (flush) => setImmediate(flush).unref(),
    );
    this.#send(helloFrame({ pid: process.pid, thread: isMainThread ? 0 : threadId, clockNs: nowNs() }), 0);
  }

  /** An observer for one connection. */
  observe(): TcpObserver {
    return this.#sender.observe();
  }

  /** The program ends: sends what is left, as long as the reader takes something. */
  end(): void {
    this.#sender.flush();
    for (let tries = 0; this.#waiting.length > 0 && tries < LAST_TRIES; tries++) {
      if (this.#writeWaiting()) tries = 0;
      else Atomics.wait(PAUSE, 0, 0, RETRY_MS);
    }
  }

  #send(bytes: Uint8Array, size: number): void {
    if (this.isLost) return;
    this.#waiting.push({ bytes, size });
    this.#writeWaiting();
    if (this.#waiting.length > 0) this.#retryLater();
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
      let written: number;
      try {
        written = this.#write(first.bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#lose();
        return moved;
      }
      moved = true;
      first.bytes = first.bytes.subarray(written);
      if (first.bytes.length > 0) continue;
      this.#waiting.shift();
      this.#sender.seen(first.size);
    }
    return moved;
  }

  /** Once Node has closed the descriptor, its number may be that of something else: look before each write. */
  #write(bytes: Uint8Array): number {
    const descriptor = descriptorOf(this.#socket);
    if (descriptor === undefined || descriptor !== this.#descriptor) throw new Error("closed");
    return writeSync(descriptor, bytes);
  }

  #lose(): void {
    this.isLost = true;
    this.#waiting.length = 0;
    this.#socket.destroy();
    this.#onLost();
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
