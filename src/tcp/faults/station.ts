import { type Fault, kindOf, needsPlaces } from "./fault.ts";
import type { Direction } from "./places.ts";
import { randomOf } from "./random.ts";
import { Stage } from "./stage.ts";
import { isIn, isOnAt, nextChange, type WhenEvent } from "./when.ts";
import type { Outlet } from "./work.ts";

/** A fault in its set. What replaces a fault is an entry of its own. */
export interface SetEntry {
  readonly fault: Fault;
  enabled: boolean;
  /** Exchanges that the fault could act on so far, on all connections. */
  exchanges: number;
}

/** What a station needs of its connection. */
export interface StationContext {
  readonly seed: number;
  /** When the proxy started, in milliseconds of its clock. */
  readonly startedAt: number;
  /** The number of the connection. */
  readonly connection: number;
  readonly direction: Direction;
  hit(fault: Fault, ...hit: Parameters<Outlet["hit"]>): void;
  readonly response: Outlet["response"];
}

/** A fault at work in one direction of one connection, and whether it is on. */
export class Station {
  readonly entry: SetEntry;
  readonly stage: Stage;
  readonly wantsPlaces: boolean;
  /** The fault was taken away: it is off for good. */
  isGone = false;
  readonly #startedAt: number;

  /** `before`: the station that this one replaces. */
  constructor(entry: SetEntry, position: number, context: StationContext, before?: Station) {
    const { fault } = entry;
    const kind = kindOf(fault.type);
    const random = randomOf(context.seed, context.connection, context.direction, fault.name);
    this.entry = entry;
    this.#startedAt = context.startedAt;
    this.wantsPlaces = needsPlaces(fault);
    this.stage = new Stage(fault, position, {
      newWork: () => kind.work?.(fault.attributes, random) ?? {},
      event: this.wantsPlaces ? eventOf(fault) : undefined,
      beganAt: before?.entry.fault.type === fault.type ? before.stage.beganAt : undefined,
      maxHeldBytes: kind.maxHeldBytes,
      maxPieceBytes: kind.maxPieceBytes,
      random,
      countExchange: () => ++entry.exchanges,
      hit: (text, start, end) => context.hit(fault, text, start, end),
      response: context.response,
    });
  }

  /** Switches the fault on or off, as its set and the time say. */
  settle(now: number): void {
    if (this.#isOn(now)) this.stage.switchOn(now);
    else this.stage.switchOff(now);
  }

  /** When `settle` changes something by itself; `Infinity`: never. */
  nextChange(now: number): number {
    if (this.isGone || !this.entry.enabled) return Number.POSITIVE_INFINITY;
    return this.#startedAt + nextChange(this.entry.fault.when, now - this.#startedAt);
  }

  #isOn(now: number): boolean {
    return !this.isGone && this.entry.enabled && isOnAt(this.entry.fault.when, now - this.#startedAt);
  }
}

/** Whether a fault acts on a connection. At HTTP events it is asked again for each exchange. */
export function actsOn(fault: Fault, seed: number, connection: number): boolean {
  const { connections, every = 1 } = fault.when;
  if (!isIn(connections, connection)) return false;
  if (needsPlaces(fault)) return true;
  return connection % every === 0 && isDrawn(fault, seed, connection);
}

/** toxiproxy decides once for each connection, too. */
function isDrawn(fault: Fault, seed: number, connection: number): boolean {
  return randomOf(seed, connection, fault.stream, fault.name)(0, 1) < fault.toxicity;
}

function eventOf(fault: Fault): WhenEvent {
  return fault.when.event ?? { kind: kindOf(fault.type).event ?? "head" };
}
