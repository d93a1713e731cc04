import { copyOf } from "../../bytes/copy.ts";
import type { Place } from "./places.ts";
import type { Station } from "./station.ts";
import type { Outcome } from "./work.ts";

/**
 * One direction of one connection: a chain of faults. It has no timer and no socket: the caller brings what was received
 * and the time, and asks what is to be done.
 *
 *     receive, end ──> stage ──> stage ──> next() while it gives something; then again at `due`
 *
 * While it is `full`, the caller stops reading. While the other side takes nothing, the caller does not ask.
 */
export class Passage {
  #stations: readonly Station[] = [];
  #received = 0;
  /** How the direction ended, once that was given by `next`. */
  #ended = false;
  /** Straight on: what came while there was no fault. */
  #through: Outcome[] = [];

  /** How many bytes were received. */
  get received(): number {
    return this.#received;
  }

  get stations(): readonly Station[] {
    return this.#stations;
  }

  /** Bytes that are held. */
  get heldBytes(): number {
    return this.#stations.reduce((sum, { stage }) => sum + stage.heldBytes, 0);
  }

  /** An ending has been given by `next`: nothing follows. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Nothing waits here, and no fault is at work: bytes may go past. */
  get isIdle(): boolean {
    return this.#stations.length === 0 && this.#through.length === 0 && !this.#ended;
  }

  /** Nothing should be received until `next` has given something. */
  get full(): boolean {
    return this.#stations[0]?.stage.full ?? false;
  }

  /** When `next` has to be asked again, even if nothing was received; `Infinity`: never. */
  due(now: number): number {
    if (this.#ended) return Number.POSITIVE_INFINITY;
    let due = Number.POSITIVE_INFINITY;
    this.#stations.forEach((station, index) => {
      const isBlocked = this.#stations[index + 1]?.stage.full ?? false;
      if (!isBlocked) due = Math.min(due, station.stage.due);
      due = Math.min(due, station.nextChange(now));
    });
    return due;
  }

  /** Takes in bytes, which are the caller's again when this returns, and the HTTP places that they brought. */
  receive(bytes: Uint8Array, now: number, places: readonly Place[] = []): void {
    const start = this.#received;
    this.#received += bytes.length;
    this.#enter({ kind: "bytes", bytes: copyOf(bytes), start }, now, places);
  }

  /** Counts bytes that go past, which they may while `isIdle`. */
  skip(length: number): void {
    this.#received += length;
  }

  /** The sender ended, or was reset. */
  end(kind: "end" | "reset", now: number, places: readonly Place[] = []): void {
    this.#enter({ kind }, now, places);
  }

  #enter(what: Outcome, now: number, places: readonly Place[]): void {
    if (this.#ended) return;
    this.settle(now);
    for (const { stage, wantsPlaces } of this.#stations)
      if (wantsPlaces) for (const place of places) stage.expect(place);
    const first = this.#stations[0];
    if (first) first.stage.arrive(what, now);
    else this.#through.push(what);
  }

  /** What is to be done now; `undefined`: nothing before `due`. */
  next(now: number): Outcome | undefined {
    if (this.#ended) return undefined;
    this.settle(now);
    const what = this.#through.shift() ?? this.#takeFrom(this.#stations.length - 1, now);
    if (what === undefined) return undefined;
    if (what.kind !== "bytes") this.#ended = true;
    return what;
  }

  /** Takes from the stage of this index, for which the stages ahead of it are moved on as far as that helps. */
  #takeFrom(index: number, now: number): Outcome | undefined {
    const station = this.#stations[index];
    if (station === undefined) return undefined;
    for (;;) {
      const what = station.stage.take(now);
      if (what !== undefined) return what;
      if (station.stage.full) return undefined;
      const before = this.#takeFrom(index - 1, now);
      if (before === undefined) return undefined;
      station.stage.arrive(before, now);
    }
  }

  /** Other faults from now on. What a fault that was taken away still holds goes on at once. */
  change(stations: readonly Station[], now: number): void {
    this.#stations = stations;
    this.settle(now);
  }

  /** Switches each fault as the time says, and lets those go that were taken away and hold nothing. */
  settle(now: number): void {
    for (const station of this.#stations) station.settle(now);
    if (this.#stations.some((station) => station.isGone && station.stage.isEmpty))
      this.#stations = this.#stations.filter((station) => !(station.isGone && station.stage.isEmpty));
  }
}
