import { type FaultKind, numberOf, partOf } from "./work.ts";

/** The next `bytes` bytes are left out. */
export const drop: FaultKind = {
  type: "drop",
  summary: "leaves bytes out: drop 10B after=100B",
  attributes: { bytes: { unit: "bytes", default: 1, least: 1 } },
  main: "bytes",
  work(attributes) {
    let left = 0;
    return {
      begin() {
        left = numberOf(attributes, "bytes");
      },
      bytes(piece, out) {
        const count = piece.added ? 0 : Math.min(left, piece.bytes.length);
        left -= count;
        if (count > 0) out.hit("dropped", piece.start, piece.start + count);
        if (count < piece.bytes.length) out.pass(partOf(piece, count, piece.bytes.length));
      },
    };
  },
};
