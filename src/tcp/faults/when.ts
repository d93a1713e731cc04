import type { Place } from "./places.ts";

/** Whole numbers from `first` to `last`, both included; `Infinity`: no last one. */
export interface Range {
  /** The first number, from 1. */
  readonly first: number;
  /** The last number. */
  readonly last: number;
}

/** An HTTP event to begin at. */
export interface WhenEvent {
  /** A head begins, a field line begins, the middle of a chunk's data, a message ends. */
  readonly kind: "head" | "line" | "chunk" | "end";
  /** Which field line or chunk of its message, from 1; absent: each. */
  readonly index?: number;
}

/** When a fault acts. What is absent does not limit it. */
export interface When {
  /** The numbers of connections, counted from 1 by the proxy. */
  readonly connections?: readonly Range[];
  /** Only every nth connection; for a fault at an HTTP event: every nth exchange of the proxy, in order of arrival. */
  readonly every?: number;
  /** From this byte on of what the proxy received in the direction; with an event: so many bytes behind the event. */
  readonly after?: number;
  /** From this time on, in milliseconds since the proxy started. */
  readonly from?: number;
  /** Until this time; then the fault is off, as if taken away. */
  readonly to?: number;
  /** The numbers of exchanges on a connection, from 1. */
  readonly exchanges?: readonly Range[];
  /** The HTTP event that it begins at; it acts until the end of the message. */
  readonly event?: WhenEvent;
}

export function isIn(ranges: readonly Range[] | undefined, number: number): boolean {
  return ranges === undefined || ranges.some(({ first, last }) => first <= number && number <= last);
}

/** Whether the fault is on at a time, in milliseconds since the proxy started. */
export function isOnAt(when: When, sinceStartMs: number): boolean {
  return sinceStartMs >= (when.from ?? 0) && sinceStartMs < (when.to ?? Number.POSITIVE_INFINITY);
}

/** When `isOnAt` changes next, in milliseconds since the proxy started; `Infinity`: never. */
export function nextChange(when: When, sinceStartMs: number): number {
  const changes = [when.from ?? 0, when.to ?? Number.POSITIVE_INFINITY];
  return changes.find((change) => change > sinceStartMs) ?? Number.POSITIVE_INFINITY;
}

/** Whether the place is the event. */
export function isEvent(event: WhenEvent, place: Place): boolean {
  const kind = event.kind === "end" ? "message-end" : event.kind;
  return place.kind === kind && (event.index === undefined || event.index === place.index);
}
