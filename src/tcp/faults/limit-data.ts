import { endOf, type FaultKind, numberOf, partOf } from "./work.ts";

/** toxiproxy's: closes both connections once `bytes` bytes have passed. */
export const limitData: FaultKind = {
  type: "limit_data",
  summary: "closes after so many bytes: limit_data 1000B",
  attributes: { bytes: { unit: "bytes", default: 0 } },
  main: "bytes",
  work(attributes) {
    let limit = 0;
    let hasClosed = false;
    return {
      // Where the fault replaces another limit_data, the bytes that passed that one count, too: toxiproxy keeps the count.
      begin({ offset }) {
        limit = offset + numberOf(attributes, "bytes");
      },
      bytes(piece, out) {
        const end = Math.min(endOf(piece), limit);
        if (piece.added) out.pass(piece);
        else if (end > piece.start) out.pass(partOf(piece, 0, end - piece.start));
        if (end < limit || hasClosed) return;
        hasClosed = true;
        out.pass({ kind: "close" });
        // Where a new limit is smaller than what has passed: here.
        const place = Math.max(limit, piece.start);
        out.hit("closed", place, place);
      },
    };
  },
};
