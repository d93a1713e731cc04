import { type FaultKind, numberOf } from "./work.ts";

/** toxiproxy's: the end of the direction waits for `delay`. */
export const slowClose: FaultKind = {
  type: "slow_close",
  summary: "holds the end (FIN) back: slow_close 1s",
  attributes: { delay: { unit: "ms", default: 0 } },
  main: "delay",
  work(attributes) {
    const delayMs = numberOf(attributes, "delay");
    return {
      end(ending, out) {
        out.pass(ending, out.now + delayMs);
        out.hitHere(`the end is held for ${delayMs} ms`);
      },
    };
  },
};
