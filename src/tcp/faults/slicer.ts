import { counted } from "../../bytes/text.ts";
import { endOf, type FaultKind, numberOf, partOf } from "./work.ts";

/**
 * toxiproxy's: bytes go on in slices of about `average_size`, give or take up to `size_variation`, each `delay` after the
 * one before. The slices do not depend on how the bytes arrived: the nth slice ends at the same offset in every run.
 */
export const slicer: FaultKind = {
  type: "slicer",
  summary: "sends in slices: slicer 64B±16B delay=10ms",
  attributes: {
    average_size: { unit: "bytes", default: 0 },
    size_variation: { unit: "bytes", default: 0 },
    delay: { unit: "us", default: 0 },
  },
  main: "average_size",
  spread: "size_variation",
  // A slice of one byte takes a hundred in memory. A slice that lies across the end of such a piece comes in two parts.
  maxPieceBytes: 4096,
  work(attributes, random) {
    const average = numberOf(attributes, "average_size");
    const variation = numberOf(attributes, "size_variation");
    const delayMs = numberOf(attributes, "delay") / 1000;
    const endOfSlice = (start: number): number => {
      if (average === 0) return Number.POSITIVE_INFINITY;
      const size = average - variation + Math.floor(random(start) * (2 * variation + 1));
      return start + Math.max(1, size);
    };
    let sliceEnd = 0;
    let freeAt = 0;
    return {
      begin(_, out) {
        sliceEnd = endOfSlice(out.position);
      },
      bytes(piece, out) {
        const end = endOf(piece);
        let slices = 0;
        for (let from = piece.start; from < end; slices++) {
          // A fault ahead may have dropped bytes.
          while (sliceEnd <= from) sliceEnd = endOfSlice(sliceEnd);
          const to = Math.min(sliceEnd, end);
          const at = out.pass(partOf(piece, from - piece.start, to - piece.start), Math.max(out.now, freeAt));
          freeAt = to === sliceEnd ? at + delayMs : at; // the rest of a slice waits for nothing
          from = to;
        }
        if (piece.added) out.pass(piece);
        else out.hit(`in ${counted(slices, "slice")}`, piece.start, end);
      },
    };
  },
};
