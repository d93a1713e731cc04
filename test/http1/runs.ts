/**
 * How many random inputs a property is tried with: `WIREPANE_RUNS`, for long runs, or what `npm test` has time for.
 * A failure prints its seed; `WIREPANE_SEED` replays it.
 */
export function runs(quick: number): { numRuns: number; seed?: number } {
  const { WIREPANE_RUNS, WIREPANE_SEED } = process.env;
  const numRuns = WIREPANE_RUNS === undefined ? quick : Number(WIREPANE_RUNS);
  return WIREPANE_SEED === undefined ? { numRuns } : { numRuns, seed: Number(WIREPANE_SEED) };
}
