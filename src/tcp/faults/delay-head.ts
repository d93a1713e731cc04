import { endOf, type FaultKind, numberOf } from "./work.ts";

/** Each head waits for `delay`, and all that follows behind it. */
export const delayHead: FaultKind = {
  type: "delay-head",
  summary: "holds each head back: delay-head 2s",
  attributes: { delay: { unit: "ms", default: 1000 } },
  main: "delay",
  event: "head",
  work(attributes) {
    const delayMs = numberOf(attributes, "delay");
    let until = 0;
    return {
      begin({ offset }, out) {
        until = out.now + delayMs;
        out.hit(`the head is held for ${delayMs} ms`, offset, offset);
      },
      bytes(piece, out) {
        if (out.pass(piece, until) > out.now) out.hit("held", piece.start, endOf(piece));
      },
    };
  },
};
