import type { Fields } from "../../http1/fields.ts";
import type { Clock } from "../../tcp/clock.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { Deadline, Deadlines } from "../deadline.ts";

/** How long a server may take. */
export interface ReceptionTimeouts {
  /** From the last byte of the request to the end of the response's head. */
  readonly headTimeoutMs: number;
  /** Without a byte of content. */
  readonly bodyTimeoutMs: number;
  /** Without the server taking any of the bytes that wait for it. */
  readonly writeTimeoutMs: number;
  /** How long an unused connection is kept, if the server gives no hint. 0: not at all. */
  readonly idleTimeoutMs: number;
}

/** As curl: a server may send no answer to Expect at all (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1000;
/** For the end of a content that is read and dropped. */
const DISCARD_MS = 1000;
/** From our FIN to the server's. */
const LINGER_MS = 1000;

/**
 * What is awaited: 100 (Continue), room for more of the request ("write"), the head of the response, more of its
 * content, a reader of the content, the end of an unwanted content ("discard"), the next request ("idle"), the server's
 * FIN ("linger").
 */
export type Awaited = "continue" | "write" | "head" | "body" | "unread" | "discard" | "idle" | "linger";

/**
 * What a client waits for on one connection, and until when. One deadline for each connection, which moves along:
 *
 *     (continue ─►) (write ─►) head ─► body or unread or discard ─► idle ─► head ─► …
 */
export class Reception {
  readonly timeouts: ReceptionTimeouts;
  readonly clock: Clock;
  readonly #deadline: Deadline;
  #awaited: Awaited = "idle";
  /** When the bytes arrived that are being read. */
  receivedAt: number;
  /** How long the connection is kept when it is unused. */
  idleTimeoutMs: number;

  /** `late`: what was awaited did not come in time. */
  constructor(deadlines: Deadlines, timeouts: ReceptionTimeouts, late: (awaited: Awaited) => void) {
    this.timeouts = timeouts;
    this.clock = deadlines.clock;
    this.#deadline = deadlines.create(() => late(this.#awaited));
    this.receivedAt = this.clock.now();
    this.idleTimeoutMs = timeouts.idleTimeoutMs;
  }

  /** Whether a reader of the content is awaited. */
  get awaitsReader(): boolean {
    return this.#awaited === "unread" && this.#deadline.isSet;
  }

  awaitContinue(timeoutMs = CONTINUE_MS): void {
    this.#await("continue", timeoutMs);
  }

  /** The connection's queue is full: the server has to take some of it. */
  awaitRoom(): void {
    this.#await("write", this.timeouts.writeTimeoutMs);
  }

  /** There is room. */
  roomCame(): void {
    if (this.#awaited === "write") this.#deadline.clear();
  }

  awaitHead(now: number): void {
    this.#awaited = "head";
    this.#deadline.set(this.timeouts.headTimeoutMs, now);
  }

  /** The head has come. Its Keep-Alive field may say how long the server keeps an unused connection. */
  headCame(fields: Fields): void {
    this.#deadline.clear();
    const { idleTimeoutMs } = this.timeouts;
    if (idleTimeoutMs > 0 && Number.isFinite(idleTimeoutMs))
      this.idleTimeoutMs = idleHintMs(fields) ?? idleTimeoutMs;
  }

  awaitContent(now: number | undefined): void {
    this.#await("body", this.timeouts.bodyTimeoutMs, now);
  }

  awaitReader(ms: number, now: number | undefined): void {
    this.#await("unread", ms, now);
  }

  awaitEndOfUnwanted(): void {
    this.#await("discard", DISCARD_MS);
  }

  awaitNothing(): void {
    this.#deadline.clear();
  }

  /** Nobody uses the connection. */
  rest(): void {
    this.#awaited = "idle";
    this.#deadline.set(this.idleTimeoutMs, this.receivedAt);
  }

  /** The connection is used again. `false`: its time is over, though our coarse timer has not said so yet. */
  wake(): boolean {
    if (this.#deadline.at <= this.clock.now()) return false;
    this.#deadline.clear();
    return true;
  }

  awaitFin(): void {
    this.#await("linger", LINGER_MS);
  }

  /** Why an exchange fails whose head did not come, or whose request the server did not take. */
  timeout(awaited: "head" | "write", bytesReceived: number): TransportError {
    const { headTimeoutMs, writeTimeoutMs } = this.timeouts;
    if (awaited === "head") {
      const missing = bytesReceived === 0 ? "no response" : "no whole head of a response";
      const message = `${missing} within ${headTimeoutMs / 1000} s`;
      return new TransportError("TIMEOUT_HEAD", "head", message, { bytesReceived });
    }
    const message = `the server took nothing for ${writeTimeoutMs / 1000} s`;
    return new TransportError("TIMEOUT_WRITE", "write", message, { bytesReceived });
  }

  #await(awaited: Awaited, ms: number, now?: number): void {
    this.#awaited = awaited;
    this.#deadline.set(ms, now);
  }
}

/** `Keep-Alive: timeout=5`, as many servers say it. One second less, since the server's clock started before ours. */
function idleHintMs(fields: Fields): number | undefined {
  const value = fields.get("keep-alive");
  const timeout = value === undefined ? undefined : /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1];
  return timeout === undefined ? undefined : Math.max(0, Number(timeout) * 1000 - 1000);
}
