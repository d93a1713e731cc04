import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import type { World } from "./world.ts";

/** What is to be asked, decided before it is: both ends know it by its number. */
export interface Plan {
  readonly id: number;
  readonly origin: number;
  readonly method: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Asked when all is quiet, to see that the pool still has all its places. Its handler takes `CALM_MS`. */
  readonly calm?: true;
}

export const CALM_MS = 200;

/** A promise of the client or the server that was broken, by the number it has in `INVARIANTS`. */
export interface Broken {
  readonly invariant: number;
  readonly what: string;
}

/** What client, pool and server promise together. */
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

/** Everything both ends know, put side by side. */
export class Ledger {
  readonly world: World;
  readonly broken: Broken[] = [];
  readonly plans: Plan[] = [];
  /** Connections opened, requests made, contents read and written piece by piece, handlers run, requests given up. */
  operations = 0;
  faults = 0;
  /** Requests that a client sends ahead of their answers, counting the first. */
  pipelining = 1;
  /** Answers nobody asked for that came when a request was already on its way: no client can tell them. */
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

  /** A handler was given it. */
  executed(link: number, { id, method }: Plan): void {
    this.operations++;
    this.#taken++;
    append(this.#handled, link, id);
    const times = (this.#executed.get(id) ?? 0) + 1;
    this.#executed.set(id, times);
    // Once more by itself, and once for each that was ahead of it on a connection that ended.
    const most = method === "POST" ? 1 : 1 + this.pipelining;
    if (times > most) this.breaks(3, `${method} ${id} was executed ${times} times`);
  }

  /** The server said how an exchange ended. */
  reported({ complete, error }: ExchangeSummary): void {
    this.#reported++;
    // Whatever breaks one has a name of its own: the peer's, a timeout's, the handler's.
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

  /** When all is over. */
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

/** The largest content there is. */
export const MAX_CONTENT_BYTES = 220_000;
/** Every content is a part of this; one that begins elsewhere differs from its first byte on, nearly always. */
const OCTETS = Uint8Array.from({ length: 65_536 + MAX_CONTENT_BYTES }, (_, i) => i * 7 + (i >> 8));

const startOf = (id: number): number => ((id * 31) & 0xff) << 8;

/** The content that belongs to a request or its answer: another for each. */
export function contentOf(id: number, length: number): Uint8Array {
  const start = startOf(id);
  return OCTETS.slice(start, start + length);
}

/** Whether `bytes` are those of the content from `at` on. */
export function isPartOf(id: number, at: number, bytes: Uint8Array): boolean {
  const start = startOf(id) + at;
  return Buffer.compare(bytes, OCTETS.subarray(start, start + bytes.length)) === 0;
}

/** What may wait in memory of one content: the queue of its reader, a window of the network, and the framing. */
export const MAX_UNREAD_BYTES = (64 + 32 + 2) * 1024;

export const secretOf = (origin: number): string => `Bearer secret-of-${origin}`;
