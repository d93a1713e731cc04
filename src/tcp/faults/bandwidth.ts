import { endOf, type FaultKind, numberOf, partOf } from "./work.ts";

/** A larger piece goes on in parts, one each 100 ms, as in toxiproxy. */
const PART_MS = 100;

/** toxiproxy's: at most `rate` KB/s (of 1,000 bytes); at 0 nothing passes. */
export const bandwidth: FaultKind = {
  type: "bandwidth",
  summary: "lets so many bytes a second pass: bandwidth 64KB/s",
  attributes: { rate: { unit: "KB/s", default: 0 } },
  main: "rate",
  work(attributes) {
    const bytesPerMs = numberOf(attributes, "rate");
    let freeAt = 0;
    return {
      bytes(piece, out) {
        const { length } = piece.bytes;
        const partBytes = bytesPerMs === 0 ? length : bytesPerMs * PART_MS;
        let at = Math.max(out.now, freeAt);
        for (let from = 0; from < length; from += partBytes) {
          const part = partOf(piece, from, Math.min(from + partBytes, length));
          at = out.pass(part, at + part.bytes.length / bytesPerMs);
        }
        freeAt = at;
        const held =
          at === Number.POSITIVE_INFINITY ? "held" : `passed within ${Math.round(at - out.now)} ms`;
        out.hit(held, piece.start, endOf(piece));
      },
    };
  },
};
