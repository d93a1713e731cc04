import type { Random } from "../random.ts";
import type { Direction, Fault, FaultKind } from "./relay.ts";

/** The faults of one exchange: first those at boundaries (of lines or TLS records), then all others. */
export interface Plan {
  readonly boundaries: readonly Fault[];
  readonly others: readonly Fault[];
}

/** A transcript of at most this length is cut at every byte, a longer one at its boundaries and at random bytes. */
const EVERY_BYTE_UP_TO = 2500;

/** @param transcripts The bytes that pass in each direction without a fault. */
export function planFor(
  transcripts: Readonly<Record<Direction, Buffer>>,
  tls: boolean,
  random: Random,
): Plan {
  const boundaries: Fault[] = [];
  const others: Fault[] = [];
  for (const direction of ["request", "response"] as const) {
    const transcript = transcripts[direction];
    const marked = tls ? recordBoundaries(transcript) : lineBoundaries(transcript);
    for (const offset of marked) for (const kind of KINDS) boundaries.push({ direction, offset, kind });
    for (const offset of offsetsOf(transcript.length, random)) {
      if (marked.has(offset)) continue;
      others.push({ direction, offset, kind: "fin" }, { direction, offset, kind: "reset" });
    }
  }
  return { boundaries, others };
}

const KINDS: readonly FaultKind[] = ["fin", "reset", "half-close"];

function* offsetsOf(length: number, random: Random): Generator<number> {
  if (length <= EVERY_BYTE_UP_TO) {
    for (let offset = 0; offset <= length; offset++) yield offset;
  } else {
    for (let each = 0; each < 400; each++) yield random.below(length);
  }
}

/** Before the first byte, inside and after each line end, before the last byte, and after it. */
function lineBoundaries(transcript: Buffer): Set<number> {
  const marked = new Set([0, 1, transcript.length - 1, transcript.length]);
  let lines = 0;
  for (let at = transcript.indexOf("\r\n"); at !== -1; at = transcript.indexOf("\r\n", at + 2)) {
    const endsHead = transcript.indexOf("\r\n\r\n", at) === at;
    // One field line is like another. Start-line, end of the head and chunks are worth more cuts.
    if (lines++ > 0 && !endsHead && isFieldLine(transcript, at)) continue;
    for (const offset of [at, at + 1, at + 2, at + 3]) marked.add(Math.min(offset, transcript.length));
  }
  return marked;
}

function isFieldLine(transcript: Buffer, end: number): boolean {
  const start = transcript.lastIndexOf("\r\n", end - 1) + 2;
  return /^[A-Za-z-]+: /.test(transcript.toString("latin1", start, end));
}

/** Where the records of TLS end: a type, a version, a length (RFC 8446 §5.1). */
function recordBoundaries(transcript: Buffer): Set<number> {
  const marked = new Set([0, 1]);
  for (let at = 0; at + 5 <= transcript.length; at += 5 + transcript.readUInt16BE(at + 3)) {
    for (const offset of [at - 1, at, at + 5]) if (offset > 0) marked.add(offset);
  }
  return marked;
}
