import { type FaultKind, numberOf } from "./work.ts";

/** The next `bytes` bytes become other bytes. */
export const corrupt: FaultKind = {
  type: "corrupt",
  summary: "changes bytes: corrupt 1B after=100B",
  attributes: { bytes: { unit: "bytes", default: 1, least: 1 } },
  main: "bytes",
  work(attributes, random) {
    let left = 0;
    return {
      begin() {
        left = numberOf(attributes, "bytes");
      },
      bytes(piece, out) {
        const count = piece.added ? 0 : Math.min(left, piece.bytes.length);
        left -= count;
        if (count === 0) {
          out.pass(piece);
          return;
        }
        const bytes = new Uint8Array(piece.bytes);
        // From 1 to 255: the byte is another one in any case.
        for (let i = 0; i < count; i++)
          bytes[i] = (bytes[i] ?? 0) ^ (1 + Math.floor(random(piece.start + i) * 255));
        out.pass({ ...piece, bytes });
        out.hit("corrupted", piece.start, piece.start + count);
      },
    };
  },
};
