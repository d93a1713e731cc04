import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import type { ConnectionFaults, FaultHit } from "../../../src/tcp/faults/connection-faults.ts";
import { FaultSet } from "../../../src/tcp/faults/fault-set.ts";
import type { Direction, PlaceReader } from "../../../src/tcp/faults/places.ts";
import { parseFault } from "../../../src/tcp/faults/text.ts";

/** Something that happens at a time, in milliseconds: bytes or the end of a direction arrive, or somebody acts. */
export interface Happening {
  readonly at: number;
  readonly bytes?: string;
  readonly end?: true;
  readonly act?: (set: FaultSet) => void;
}

/** What went on to the other side, and when. */
export interface Sent {
  readonly at: number;
  readonly kind: "bytes" | "end" | "close" | "reset" | "vanish";
  readonly text: string;
}

export interface VirtualRun {
  readonly sent: readonly Sent[];
  readonly hits: readonly FaultHit[];
  /** The most bytes that were held at a time. */
  readonly mostHeldBytes: number;
  /** When the sender had to wait first. */
  readonly fullAt: number | undefined;
}

export interface VirtualOptions {
  readonly direction?: Direction;
  readonly seed?: number;
  readonly connection?: number;
  readonly newReader?: () => PlaceReader;
  /** The run ends at this time, an hour by default. */
  readonly until?: number;
}

/** Runs one direction of a connection on a clock of its own. The receiver takes everything at once. */
export function runVirtually(
  faults: readonly string[],
  happenings: readonly Happening[],
  { direction = "down", seed = 1, connection = 1, newReader, until = 3_600_000 }: VirtualOptions = {},
): VirtualRun {
  let now = 0;
  const hits: FaultHit[] = [];
  const sent: Sent[] = [];
  const set = new FaultSet({
    seed,
    now: () => now,
    faults: faults.map(parseFault),
    ...(newReader && { newReader }),
  });
  const connections: ConnectionFaults = set.open(connection, (hit) => hits.push(hit));
  set.onChange(() => connections.change(now));
  const passage = connections.passage(direction);
  const waiting = [...happenings].sort((a, b) => a.at - b.at);
  let mostHeldBytes = 0;
  let fullAt: number | undefined;

  for (;;) {
    for (let what = passage.next(now); what; what = passage.next(now))
      sent.push({ at: now, kind: what.kind, text: what.kind === "bytes" ? latin1(what.bytes) : "" });
    mostHeldBytes = Math.max(mostHeldBytes, passage.heldBytes);
    if (passage.full) fullAt ??= now;
    const next = passage.full ? waiting.find(({ act }) => act) : waiting[0];
    const due = passage.due(now);
    const at = Math.max(now, Math.min(next?.at ?? Number.POSITIVE_INFINITY, due));
    if (at > until || at === Number.POSITIVE_INFINITY) break;
    now = at;
    if (next === undefined || next.at > now) continue;
    waiting.splice(waiting.indexOf(next), 1);
    if (next.bytes !== undefined) connections.receive(direction, latin1Bytes(next.bytes), now);
    if (next.end) connections.end(direction, "end", now);
    next.act?.(set);
  }
  return { sent, hits, mostHeldBytes, fullAt };
}

/** Everything that was sent, one after the other. */
export function textOf(sent: readonly Sent[]): string {
  return sent.map(({ text }) => text).join("");
}

/** Times and texts in one line each: `120 bytes abc`. */
export function lines(sent: readonly Sent[]): string[] {
  return sent.map(({ at, kind, text }) => `${Math.round(at * 1000) / 1000} ${kind} ${text}`.trimEnd());
}
