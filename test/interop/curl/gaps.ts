/** Known faults, by topic and command line: what is not the same as in curl yet. docs/curl.md shows them. */
export const GAPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
