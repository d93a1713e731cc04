import type { BaseConnection } from "./base-connection.ts";
import type { Clock } from "./clock.ts";
import { TransportError } from "./errors.ts";

/** How often all connections are looked at within the limit. */
const LOOKS = 8;

/**
 * Resets connections on which no byte moves. It looks at all of them now and then, so that a byte that moves costs
 * nothing. A silent connection is reset at most an eighth of the limit too late.
 */
export class SilenceWatch {
  readonly #limitMs: number;
  readonly #clock: Clock;
  readonly #seen = new Map<BaseConnection, { moved: number; since: number }>();
  #stop: (() => void) | undefined;

  constructor(limitMs: number, clock: Clock) {
    this.#limitMs = limitMs;
    this.#clock = clock;
  }

  add(connection: BaseConnection): void {
    this.#seen.set(connection, { moved: connection.bytesMoved, since: this.#clock.now() });
    this.#stop ??= this.#clock.every(Math.ceil(this.#limitMs / LOOKS), () => this.#look());
  }

  delete(connection: BaseConnection): void {
    this.#seen.delete(connection);
    if (this.#seen.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [connection, seen] of this.#seen) {
      const moved = connection.bytesMoved;
      if (moved !== seen.moved) {
        seen.moved = moved;
        seen.since = now;
      } else if (now - seen.since >= this.#limitMs) {
        const message = `no byte moved for ${this.#limitMs / 1000} s`;
        connection.abort(new TransportError("TIMEOUT_IDLE", "idle", message));
      }
    }
  }
}
