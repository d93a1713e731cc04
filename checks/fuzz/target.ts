/** A reader of bytes from outside. */
export interface Target {
  readonly name: string;
  /** Its share of all executions; 1 is usual. */
  readonly weight: number;
  /** The first inputs, as latin1. The inputs of `corpus/` are added. */
  readonly seeds: readonly string[];
  /** Longer inputs are not tried. */
  readonly maxBytes: number;
  /**
   * Throws if a promise about this input is broken. An input that is refused breaks no promise. The bytes are valid
   * only during the call.
   */
  fuzz(data: Uint8Array): void;
}

/** Throws the error of a broken promise if `condition` is false. */
export function hold(condition: boolean, promise: () => string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${promise()}`);
}
