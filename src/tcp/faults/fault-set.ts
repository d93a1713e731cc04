import { ConnectionFaults, type FaultHit } from "./connection-faults.ts";
import { type Fault, kindOf } from "./fault.ts";
import { FaultError } from "./fault-error.ts";
import type { Faults, ListedFault } from "./faults.ts";
import type { PlaceReader } from "./places.ts";
import { actsOn, type SetEntry } from "./station.ts";
import { isOnAt, nextChange } from "./when.ts";
import type { FaultKind } from "./work.ts";

export interface FaultSetOptions {
  /** Decides all that is random, a whole number from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** The first faults; none by default. */
  readonly faults?: readonly Fault[];
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Makes a reader of HTTP places for each connection. Without it no fault at an HTTP event acts. */
  readonly newReader?: () => PlaceReader;
}

/** What happens to a connection that arrives. */
export interface Arrival {
  /** The number of the connection in the set, from 1. */
  readonly number: number;
  /** "pass": the server is connected to. */
  readonly verdict: "pass" | "refuse" | "accept-stall";
  /** The fault of that verdict. */
  readonly fault?: Fault;
}

/** The faults of a proxy, and what its connections need to know of them. */
export class FaultSet implements Faults {
  readonly seed: number;
  /** When the set was made: the time windows of faults count from here. */
  readonly startedAt: number;
  readonly newReader: (() => PlaceReader) | undefined;
  readonly #now: () => number;
  #entries: readonly SetEntry[] = [];
  readonly #listeners = new Set<() => void>();
  #connections = 0;

  constructor({ seed, faults = [], now, newReader }: FaultSetOptions) {
    this.seed = seed;
    this.#now = now;
    this.startedAt = now();
    this.newReader = newReader;
    for (const fault of faults) this.add(fault);
  }

  /** For the connections of the set. */
  get entries(): readonly SetEntry[] {
    return this.#entries;
  }

  list(): readonly ListedFault[] {
    return this.#entries.map(({ fault, enabled }) => ({ fault, enabled }));
  }

  get(name: string): ListedFault | undefined {
    return this.list().find(({ fault }) => fault.name === name);
  }

  add(fault: Fault): void {
    if (this.get(fault.name)) throw new FaultError(`there is a fault "${fault.name}" already`);
    this.#change([...this.#entries, { fault, enabled: true, exchanges: 0 }]);
  }

  replace(fault: Fault): void {
    const { enabled, exchanges } = this.#entryOf(fault.name);
    const replacement = { fault, enabled, exchanges };
    this.#change(this.#entries.map((entry) => (entry.fault.name === fault.name ? replacement : entry)));
  }

  remove(name: string): void {
    const gone = this.#entryOf(name);
    this.#change(this.#entries.filter((entry) => entry !== gone));
  }

  clear(): void {
    this.#change([]);
  }

  enable(name: string, enabled: boolean): void {
    this.#entryOf(name).enabled = enabled;
    this.#change(this.#entries);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counts a connection that arrives, and says what happens to it. */
  arrive(): Arrival {
    const number = ++this.#connections;
    for (const verdict of ["refuse", "accept-stall"] as const) {
      const fault = this.#acting(verdict).find((each) => actsOn(each, this.seed, number));
      if (fault) return { number, verdict, fault };
    }
    return { number, verdict: "pass" };
  }

  /** Begins the work on a connection that arrived. Tell it when the set changes (`onChange`): call its `change`. */
  open(number: number, onHit: (hit: FaultHit) => void): ConnectionFaults {
    return new ConnectionFaults(number, this, onHit, this.#now());
  }

  /** The fault that fills the backlog now, if one does. */
  get fillsBacklog(): Fault | undefined {
    return this.#acting("backlog-full")[0];
  }

  /** When `fillsBacklog` has to be asked again, even without a change, in milliseconds of the clock. */
  get backlogDue(): number {
    const since = this.#now() - this.startedAt;
    const changes = this.#entries
      .filter(({ fault, enabled }) => enabled && kindOf(fault.type).connection === "backlog-full")
      .map(({ fault }) => nextChange(fault.when, since));
    return this.startedAt + Math.min(Number.POSITIVE_INFINITY, ...changes);
  }

  #acting(what: NonNullable<FaultKind["connection"]>): Fault[] {
    const since = this.#now() - this.startedAt;
    return this.#entries
      .filter(({ enabled, fault }) => enabled && isOnAt(fault.when, since))
      .map(({ fault }) => fault)
      .filter(({ type }) => kindOf(type).connection === what);
  }

  #entryOf(name: string): SetEntry {
    const entry = this.#entries.find(({ fault }) => fault.name === name);
    if (entry) return entry;
    const names = this.#entries.map(({ fault }) => fault.name);
    throw new FaultError(`there is no fault of the name "${name}"`, name, names);
  }

  #change(entries: readonly SetEntry[]): void {
    this.#entries = entries;
    for (const listener of [...this.#listeners]) listener();
  }
}
