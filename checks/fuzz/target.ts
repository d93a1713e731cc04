/** Something that reads bytes from elsewhere. */
export interface Target {
  readonly name: string;
  /** Its part of all executions; 1 is usual. */
  readonly weight: number;
  /** Inputs to begin with, as latin1; those in `corpus/` come on top. */
  readonly seeds: readonly string[];
  /** Longer inputs are not tried. */
  readonly maxBytes: number;
  /**
   * Throws where what is promised of this input does not hold; how a reader refuses an input is no such thing.
   * The bytes are good for as long as the call takes.
   */
  fuzz(data: Uint8Array): void;
}

/** Throws what a target throws where a promise is broken. */
export function hold(condition: boolean, promise: () => string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${promise()}`);
}
