import { endOf, type FaultKind, numberOf, type Outlet } from "./work.ts";

/** toxiproxy's: both connections are reset (RST), `timeout` after the first bytes. The bytes are dropped. */
export const resetPeer: FaultKind = {
  type: "reset_peer",
  summary: "resets (RST) a time after the first bytes: reset_peer 0ms",
  attributes: { timeout: { unit: "ms", default: 0 } },
  main: "timeout",
  work(attributes) {
    const timeoutMs = numberOf(attributes, "timeout");
    let hasBegun = false;
    const reset = (out: Outlet): void => {
      if (!hasBegun) out.pass({ kind: "reset" }, out.now + timeoutMs);
      hasBegun = true;
    };
    return {
      bytes(piece, out) {
        reset(out);
        out.hit(`dropped; reset after ${timeoutMs} ms`, piece.start, endOf(piece));
      },
      end(_, out) {
        reset(out);
        out.hitHere(`reset after ${timeoutMs} ms`);
      },
      // In toxiproxy, too, nothing stops a reset that has begun: bytes are missing already.
      removed(out) {
        if (hasBegun) out.pass({ kind: "reset" });
      },
    };
  },
};
