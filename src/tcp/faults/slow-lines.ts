import { endOf, type FaultKind, numberOf } from "./work.ts";

/** Each field line goes on `delay` after the line before it: a head that trickles (as Slowloris sends it). */
export const slowLines: FaultKind = {
  type: "slow-lines",
  summary: "sends a head line by line: slow-lines 500ms",
  attributes: { delay: { unit: "ms", default: 100 } },
  main: "delay",
  event: "line",
  work(attributes) {
    const delayMs = numberOf(attributes, "delay");
    let until = 0;
    return {
      begin(_, out) {
        until = Math.max(out.now, until) + delayMs;
      },
      bytes(piece, out) {
        const at = out.pass(piece, until);
        if (at > out.now) out.hit(`held for ${Math.round(at - out.now)} ms`, piece.start, endOf(piece));
      },
    };
  },
};
