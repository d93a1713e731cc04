/** Bytes that follow from the seed, on every machine (xorshift32). Not for secrets. */
export function randomBytes(n: number, seed: number): Uint8Array {
  let state = seed >>> 0 || 0x9e3779b9; // xorshift maps zero to zero
  return new Uint8Array(n).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  });
}

/** A number as it is; of any other text, a hash (FNV-1a). */
export function seedOf(seed: string): number {
  if (/^\d{1,9}$/.test(seed)) return Number(seed);
  let hash = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
