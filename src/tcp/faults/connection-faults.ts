import { type Fault, kindOf, needsPlaces } from "./fault.ts";
import { Passage } from "./passage.ts";
import type { Direction, PlaceReader } from "./places.ts";
import { actsOn, type SetEntry, Station, type StationContext } from "./station.ts";

/** A fault hit bytes `[start, end)` of what was received in a direction; `start` = `end`: a place, no bytes. */
export interface FaultHit {
  /** The name of the fault. */
  readonly fault: string;
  /** What the fault did: "held for 103 ms". */
  readonly text: string;
  readonly direction: Direction;
  readonly start: number;
  readonly end: number;
}

/** What a set tells each of its connections. */
export interface FaultSource {
  readonly seed: number;
  /** When the proxy started, in milliseconds of its clock. */
  readonly startedAt: number;
  readonly entries: readonly SetEntry[];
  readonly newReader: (() => PlaceReader) | undefined;
}

/** The faults of one connection: a passage for each direction, and the reader of HTTP places that both share. */
export class ConnectionFaults {
  /** The number of the connection, from 1. */
  readonly number: number;
  readonly up = new Passage();
  readonly down = new Passage();
  readonly #source: FaultSource;
  readonly #onHit: (hit: FaultHit) => void;
  readonly #reader: PlaceReader | undefined;

  constructor(number: number, source: FaultSource, onHit: (hit: FaultHit) => void, now: number) {
    this.number = number;
    this.#source = source;
    this.#onHit = onHit;
    // A reader has to see every byte. So a fault at an HTTP event acts on the connections that come after it.
    if (source.entries.some(({ fault }) => needsPlaces(fault))) this.#reader = source.newReader?.();
    this.change(now);
  }

  passage(direction: Direction): Passage {
    return direction === "up" ? this.up : this.down;
  }

  /** The bytes of a direction need not come through here: no fault is at work, and nobody reads the HTTP places. */
  isIdle(direction: Direction): boolean {
    return this.passage(direction).isIdle && this.#reader === undefined;
  }

  /** Takes in bytes of a direction. They are the caller's again when this returns. */
  receive(direction: Direction, bytes: Uint8Array, now: number): void {
    this.passage(direction).receive(bytes, now, this.#reader?.read(direction, bytes));
  }

  /** The sender of a direction ended, or was reset. */
  end(direction: Direction, kind: "end" | "reset", now: number): void {
    this.passage(direction).end(kind, now, this.#reader?.end(direction));
  }

  /** The set has changed: its faults act from now on. */
  change(now: number): void {
    for (const direction of ["up", "down"] as const) {
      const passage = this.passage(direction);
      passage.change(this.#stationsFor(direction, passage), now);
    }
  }

  /** In the order of the set. A station whose fault was taken away keeps its place until it is empty. */
  #stationsFor(direction: Direction, passage: Passage): readonly Station[] {
    const missing = new Set(this.#source.entries.filter(({ fault }) => this.#acts(fault, direction)));
    const stations: Station[] = [];
    const context = this.#contextOf(direction);
    const add = (entry: SetEntry, before?: Station): void => {
      missing.delete(entry);
      const position = stations.at(-1)?.stage.position ?? passage.received;
      stations.push(new Station(entry, position, context, before));
    };
    for (const station of passage.stations) {
      stations.push(station);
      if (missing.delete(station.entry)) continue;
      station.isGone = true;
      const replacement = [...missing].find(({ fault }) => fault.name === station.entry.fault.name);
      if (replacement) add(replacement, station);
    }
    for (const entry of missing) add(entry);
    return stations;
  }

  #acts(fault: Fault, direction: Direction): boolean {
    if (kindOf(fault.type).connection !== undefined) return false;
    if ((fault.stream === "upstream") !== (direction === "up")) return false;
    if (needsPlaces(fault) && this.#reader === undefined) return false;
    return actsOn(fault, this.#source.seed, this.number);
  }

  #contextOf(direction: Direction): StationContext {
    const { seed, startedAt } = this.#source;
    return {
      seed,
      startedAt,
      connection: this.number,
      direction,
      hit: (fault, text, start, end) => this.#onHit({ fault: fault.name, text, direction, start, end }),
      response: (status) => this.#reader?.response(status),
    };
  }
}
