import { endOf, type FaultKind, numberOf } from "./work.ts";

/** Nothing passes for a time, or for good, while both connections stay. No byte is lost. */
export const stall: FaultKind = {
  type: "stall",
  summary: "stops passing on: stall after=1000B; for a time: stall 2s",
  attributes: { for: { unit: "ms", default: 0 } },
  main: "for",
  work(attributes) {
    const forMs = numberOf(attributes, "for") || Number.POSITIVE_INFINITY;
    let until = 0;
    return {
      begin({ offset }, out) {
        until = out.now + forMs;
        out.hit(forMs === Number.POSITIVE_INFINITY ? "stalls" : `stalls for ${forMs} ms`, offset, offset);
      },
      bytes(piece, out) {
        if (out.pass(piece, until) > out.now) out.hit("held", piece.start, endOf(piece));
      },
      end(ending, out) {
        out.pass(ending, until);
      },
    };
  },
};
