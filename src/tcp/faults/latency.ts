import { endOf, type FaultKind, numberOf } from "./work.ts";

/** toxiproxy's: each piece waits for `latency`, give or take up to `jitter`. Pieces stay in order. */
export const latency: FaultKind = {
  type: "latency",
  summary: "holds bytes back: latency 100ms, or 100ms±20ms",
  attributes: {
    latency: { unit: "ms", default: 0 },
    jitter: { unit: "ms", default: 0 },
  },
  main: "latency",
  spread: "jitter",
  // toxiproxy holds 1,024 reads. 1 MiB lets 10 MiB/s pass at 100 ms: about what TCP does with a window of 1 MiB.
  maxHeldBytes: 1024 * 1024,
  work(attributes, random) {
    const latencyMs = numberOf(attributes, "latency");
    const jitterMs = numberOf(attributes, "jitter");
    return {
      bytes(piece, out) {
        const delayMs = latencyMs + (random(piece.start) * 2 - 1) * jitterMs;
        const at = out.pass(piece, out.now + delayMs);
        out.hit(`held for ${Math.round(at - out.now)} ms`, piece.start, endOf(piece));
      },
    };
  },
};
