/**
 * Known faults, by topic and command line (with what its answer is): where we are not the same as curl yet. The test leaves
 * them out, and docs/curl.md shows them.
 */
export const GAPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
