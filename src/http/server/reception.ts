import { TransportError } from "../../tcp/errors.ts";
import type { Deadline, Deadlines } from "../deadline.ts";

/** How long the client may take to send. */
export interface ReceptionTimeouts {
  readonly headTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly bodyGraceMs: number;
  readonly minBodyBytesPerSecond: number;
}

type Awaited = "first request" | "next request" | "head" | "last head" | "content" | "nothing";

/**
 * What a connection waits for, and until when. It has one deadline, which moves along:
 *
 *     first request ─► head ─► content ─► nothing, while the handler works ─► next request ─► head ─► …
 *
 * A head has a fixed time, even if bytes trickle in. A content has a fixed time, and a least speed all along.
 */
export class Reception {
  readonly #timeouts: ReceptionTimeouts;
  readonly #deadlines: Deadlines;
  readonly #deadline: Deadline;
  /** Bytes received so far. */
  readonly #bytesIn: () => number;
  readonly #late: (error: TransportError | undefined) => void;
  #awaited: Awaited = "first request";
  #since: number;
  #bytesBefore = 0;
  #heldSince: number | undefined;

  /** `late` is called when it did not come in time. Without an error, silence is no fault. */
  constructor(
    deadlines: Deadlines,
    timeouts: ReceptionTimeouts,
    bytesIn: () => number,
    late: (error: TransportError | undefined) => void,
  ) {
    this.#timeouts = timeouts;
    this.#deadlines = deadlines;
    this.#deadline = deadlines.create(() => this.#expired());
    this.#bytesIn = bytesIn;
    this.#late = late;
    this.#since = this.#deadline.set(timeouts.headTimeoutMs);
  }

  /** Since when the connection has waited for a request; `undefined` while a request is received or answered. */
  get idleSince(): number | undefined {
    return this.#awaited === "first request" || this.#awaited === "next request" ? this.#since : undefined;
  }

  awaitNextRequest(now: number): void {
    this.#awaited = "next request";
    this.#since = this.#deadline.set(this.#timeouts.idleTimeoutMs, now);
  }

  /** The server stops: the head that is awaited gets little time. If it does not come, that is no fault. */
  hurryHead(ms: number): void {
    if (this.#awaited === "content" || this.#awaited === "nothing") return;
    this.#awaited = "last head";
    this.#deadline.set(ms);
  }

  awaitHead(now: number): void {
    this.#awaited = "head";
    this.#deadline.set(this.#timeouts.headTimeoutMs, now);
  }

  /** `alreadyHere`: how many bytes of it were received with the head. */
  awaitContent(now: number, alreadyHere: number): void {
    this.#awaited = "content";
    const { bodyGraceMs, requestTimeoutMs } = this.#timeouts;
    this.#since = this.#deadline.set(Math.min(bodyGraceMs, requestTimeoutMs), now);
    this.#bytesBefore = this.#bytesIn() - alreadyHere;
    this.#heldSince = undefined;
  }

  awaitNothing(): void {
    this.#awaited = "nothing";
    this.#deadline.clear();
  }

  /** `held`: we do not read, or have not asked for the content yet. Meanwhile the client's time stands still. */
  hold(held: boolean): void {
    if (this.#awaited !== "content" || held === (this.#heldSince !== undefined)) return;
    const now = this.#deadlines.clock.now();
    if (held) {
      this.#heldSince = now;
      this.#deadline.clear();
    } else {
      this.#since += now - (this.#heldSince ?? now);
      this.#heldSince = undefined;
      this.#deadline.set(0); // #contentExpired sets the right one
    }
  }

  #expired(): void {
    switch (this.#awaited) {
      case "first request":
      case "head": {
        const sentence = `the request head was not complete within ${this.#timeouts.headTimeoutMs / 1000} s`;
        this.#late(new TransportError("TIMEOUT_HEAD", "head", sentence));
        break;
      }
      case "content":
        this.#contentExpired();
        break;
      case "next request":
      case "last head":
        this.#late(undefined);
        break;
      case "nothing": // the deadline is cleared
        break;
      default:
        this.#awaited satisfies never;
    }
  }

  /**
   * Received bytes buy time, at the least speed that is allowed. They are counted only when the deadline expires, so
   * that the bytes themselves cost nothing.
   */
  #contentExpired(): void {
    const { requestTimeoutMs, bodyGraceMs, minBodyBytesPerSecond } = this.#timeouts;
    const bytes = this.#bytesIn() - this.#bytesBefore;
    const boughtMs =
      minBodyBytesPerSecond > 0
        ? bodyGraceMs + (bytes / minBodyBytesPerSecond) * 1000
        : Number.POSITIVE_INFINITY;
    const leftMs = this.#since + Math.min(requestTimeoutMs, boughtMs) - this.#deadlines.clock.now();
    if (leftMs > 0) {
      this.#deadline.set(leftMs);
      return;
    }
    const sentence =
      boughtMs < requestTimeoutMs
        ? `the content came slower than ${minBodyBytesPerSecond} bytes a second`
        : `the content was not complete within ${requestTimeoutMs / 1000} s`;
    this.#late(new TransportError("TIMEOUT_BODY", "body", sentence));
  }
}
