/** A fault that cannot be: what was seen, and what was expected. */
export class FaultError extends Error {
  /** "FaultError". */
  override readonly name = "FaultError";
  /** The word that is none of `expected`; absent where no word was at fault. */
  readonly word: string | undefined;
  /** All words that could stand there. */
  readonly expected: readonly string[];

  /** A message says what was seen and what was expected. */
  constructor(message: string, word?: string, expected: readonly string[] = []) {
    super(message);
    this.word = word;
    this.expected = expected;
  }
}
