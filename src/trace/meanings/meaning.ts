/** A sentence, and where it is written. */
export type Meaning = readonly [sentence: string, section: string];

/** The entry of a table, if the table has one of its own by this name: "constructor" is no entry. */
export const own = <Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
