/**
 * Finds a shorter input for which `holds` is true as well, within about this many tries: leaves out smaller and smaller
 * blocks, then replaces octets by plain ones.
 */
export function shorter(
  input: Uint8Array,
  tries: number,
  holds: (candidate: Uint8Array) => boolean,
): Uint8Array {
  let best = input;
  let left = tries;
  for (let size = best.length >> 1; size >= 1 && left > 0; size >>= 1) {
    for (let at = 0; at < best.length && left > 0; left--) {
      const candidate = new Uint8Array(Math.max(best.length - size, at));
      candidate.set(best.subarray(0, at));
      candidate.set(best.subarray(at + size), at);
      if (holds(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}
