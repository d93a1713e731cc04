import type { FaultKind } from "./work.ts";

/**
 * The sender is gone, and the receiver is not told: no FIN, no RST, no answer. The sender's connection is reset; the
 * receiver's stays open, silent and unread.
 *
 * The receiver's kernel still gets its segments acknowledged, until our receive buffer is full: only a machine that is
 * really gone acknowledges nothing.
 */
export const halfOpen: FaultKind = {
  type: "half-open",
  summary: "the sender vanishes without FIN, the receiver's connection stays: half-open after=1000B",
  attributes: {},
  work: () => ({
    begin({ offset }, out) {
      out.pass({ kind: "vanish" });
      out.hit("the sender vanishes", offset, offset);
    },
    bytes() {}, // dropped
  }),
};
