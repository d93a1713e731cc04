import { endOf, type FaultKind, numberOf } from "./work.ts";

/**
 * toxiproxy's: nothing passes any more, and both connections are closed after `timeout`. With 0 they stay open until the
 * fault is taken away, which closes them: bytes are missing.
 */
export const timeout: FaultKind = {
  type: "timeout",
  summary: "drops everything, and closes after a time: timeout 5s; 0: never",
  attributes: { timeout: { unit: "ms", default: 0 } },
  main: "timeout",
  work(attributes) {
    const timeoutMs = numberOf(attributes, "timeout");
    return {
      begin(_, out) {
        if (timeoutMs > 0) out.pass({ kind: "close" }, out.now + timeoutMs);
      },
      bytes(piece, out) {
        out.hit("dropped", piece.start, endOf(piece));
      },
      end(_, out) {
        out.hitHere("the end is dropped");
      },
      removed(out) {
        out.pass({ kind: "close" });
        out.hitHere("closed");
      },
    };
  },
};
