import { counted } from "../bytes/text.ts";
import { GrammarReader } from "../trace/grammar-reader.ts";
import type { TraceRecord } from "../trace/record.ts";
import type { Recorder } from "../trace/recorder.ts";

/** What a test recorded so far. */
export interface Recording {
  /** In the order of time, with the HTTP in their bytes. They are made when you ask for them. */
  readonly records: readonly TraceRecord[];
}

/** A recording of connections whose observers are told of bytes alone. */
export class ForeignRecording implements Recording {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  get records(): readonly TraceRecord[] {
    const { dropped, records } = this.#recorder;
    if (dropped > 0)
      throw new RangeError(
        `the recording lost its first ${counted(dropped, "record")}: maxBytes was too small for this test`,
      );
    const read: TraceRecord[] = [];
    const grammar = new GrammarReader((record) => read.push(record));
    for (const record of records) grammar.add(record);
    return read;
  }
}
