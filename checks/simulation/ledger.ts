import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import type { World } from "./world.ts";

/** A request that is planned before it is sent. Both ends know it by its number. */
export interface Plan {
  readonly id: number;
  readonly origin: number;
  readonly method: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Sent when all is quiet, to see that no place of the pool was lost. Its handler takes `CALM_MS`. */
  readonly calm?: true;
}

export const CALM_MS = 200;

/** A broken promise of the client or the server, by its number in `INVARIANTS`. */
export interface Broken {
  readonly invariant: number;
  readonly what: string;
}

/** The promises of client, pool and server together. */
export const INVARIANTS = [
  "",
  "a request settles, once",
  "an answer is given to its own request only",
  "what is not idempotent is executed at most once",
  "content is a prefix of what was sent, and whole or an error",
  "the pool's places add up: never more than allowed, and none lost; who waits gets the next one",
  "nothing is heard of a connection after its end",
  "what waits in memory is bounded",
  "a request settles by its deadline",
  "nothing is left behind: no socket, no timer, no listener",
  "a connection with an error or with bytes nobody asked for is not used again",
  "on one connection, requests are handled in the order they were sent",
  "credentials reach only the origin they are for",
  "a request that a server took is finished or reported",
  "the same seed is the same run",
] as const;

/** Everything that both ends know, in one place. */
export class Ledger {
  readonly world: World;
  readonly broken: Broken[] = [];
  readonly plans: Plan[] = [];
  /** Connections opened, requests made, pieces of content read and written, handlers run, requests given up. */
  operations = 0;
  faults = 0;
  /** The number of requests that a client may send on one connection before it has an answer. */
  pipelining = 1;
  /** Unwanted answers that arrived when a request was already on its way: no client can tell that they are wrong. */
  races = 0;

  readonly #executed = new Map<number, number>();
  readonly #settled = new Map<number, number>();
  readonly #written = new Map<number, number[]>();
  readonly #handled = new Map<number, number[]>();
  #taken = 0;
  #reported = 0;

  constructor(world: World) {
    this.world = world;
  }

  breaks(invariant: number, what: string): void {
    this.world.tell(`BROKEN: ${INVARIANTS[invariant]}: ${what}`);
    this.broken.push({ invariant, what });
  }

  fault(what: string): void {
    this.faults++;
    this.world.tell(`fault: ${what}`);
  }

  /** The client wrote a request on connection `link`. */
  written(link: number, id: number): void {
    append(this.#written, link, id);
  }

  /** Pipelined answers wait behind each other. */
  get maxUnreadBytes(): number {
    return MAX_UNREAD_BYTES * this.pipelining;
  }

  /** A handler got the request. */
  executed(link: number, { id, method }: Plan): void {
    this.operations++;
    this.#taken++;
    append(this.#handled, link, id);
    const times = (this.#executed.get(id) ?? 0) + 1;
    this.#executed.set(id, times);
    // One retry of its own, and one for each request before it on a connection that ended.
    const most = method === "POST" ? 1 : 1 + this.pipelining;
    if (times > most) this.breaks(3, `${method} ${id} was executed ${times} times`);
  }

  /** The server reported how an exchange ended. */
  reported({ complete, error }: ExchangeSummary): void {
    this.#reported++;
    // "ABORTED" alone names no cause: a peer, a timeout or a handler that breaks an exchange has a code of its own.
    if (!complete && error instanceof TransportError && error.code === "ABORTED") {
      this.breaks(13, `the server broke off what it had taken: ${error.message}`);
    }
  }

  settled(id: number, how: string): void {
    this.world.tell(`request ${id}: ${how}`);
    const times = (this.#settled.get(id) ?? 0) + 1;
    this.#settled.set(id, times);
    if (times > 1) this.breaks(1, `request ${id} settled ${times} times`);
  }

  /** Call this at the end of the run. */
  close(): void {
    for (const { id } of this.plans) {
      if (!this.#settled.has(id)) this.breaks(1, `request ${id} never settled`);
    }
    for (const [link, ids] of this.#handled) {
      const written = this.#written.get(link) ?? [];
      if (ids.some((id, i) => id !== written[i])) {
        this.breaks(11, `connection ${link}: written ${written.join(" ")}, handled ${ids.join(" ")}`);
      }
    }
    if (this.#taken !== this.#reported) {
      this.breaks(13, `${this.#taken} requests were taken, ${this.#reported} reported`);
    }
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The largest content. */
export const MAX_CONTENT_BYTES = 220_000;
/** All content is a part of these octets. Parts with different beginnings nearly always differ in their first byte. */
const OCTETS = Uint8Array.from({ length: 65_536 + MAX_CONTENT_BYTES }, (_, i) => i * 7 + (i >> 8));

const startOf = (id: number): number => ((id * 31) & 0xff) << 8;

/** The content that belongs to a request and its answer. It is different for each request. */
export function contentOf(id: number, length: number): Uint8Array {
  const start = startOf(id);
  return OCTETS.slice(start, start + length);
}

/** Whether `bytes` are the bytes of this content from `at` on. */
export function isPartOf(id: number, at: number, bytes: Uint8Array): boolean {
  const start = startOf(id) + at;
  return Buffer.compare(bytes, OCTETS.subarray(start, start + bytes.length)) === 0;
}

/** How much of one content may wait in memory: the queue of its reader, a window of the network, and the framing. */
export const MAX_UNREAD_BYTES = (64 + 32 + 2) * 1024;

export const secretOf = (origin: number): string => `Bearer secret-of-${origin}`;
