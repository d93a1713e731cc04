import { joined } from "../../src/bytes/copy.ts";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { readCases } from "../../wire/case.ts";

/** Longer cases are about limits. */
const MAX_BYTES = 600;

/** The inputs of `wire/`, for the targets that read messages. */
export function wireSeeds(target: string): Uint8Array[] {
  const prefix = PREFIXES[target];
  if (prefix === undefined) return [];
  const cases = readCases().filter(({ bytes, reads }) => {
    return bytes.length <= MAX_BYTES && (reads === target || target === "explain");
  });
  return cases.map(({ bytes }, index) => joined([prefix[index % prefix.length] as Uint8Array, bytes]));
}

/** The first octets of these targets are options: whether to observe and to send again, and where to cut. */
const PREFIXES: Partial<Record<string, readonly Uint8Array[]>> = {
  request: ["\x02\x09", "\x00\x21", "\x04\x00", "\x01\x40"].map(latin1Bytes),
  response: ["\x02\x09\x00", "\x00\x21\x1c", "\x04\x00\x00", "\x01\x40\x00"].map(latin1Bytes),
  explain: [new Uint8Array(0)],
};
