import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { printable, type RecordingReader, Redactor, recordingReader, type TraceRecord } from "../../trace.ts";
import { CommandError, EXIT, fileProblem } from "../exit-codes.ts";
import { say } from "../output.ts";

const PIECE_BYTES = 256 * 1024;

/**
 * The records of a file in batches, read as they are asked for: memory does not grow with the file. What kind of file it
 * is, its first bytes say. `-` is stdin. When the signal aborts, the records end.
 *
 * @throws {CommandError} the file cannot be read, or is no recording.
 */
export async function* recordsIn(path: string, signal?: AbortSignal): AsyncGenerator<readonly TraceRecord[]> {
  const records: TraceRecord[] = [];
  let reader: RecordingReader | undefined;
  const wrong = (error: unknown) =>
    error instanceof SyntaxError
      ? new CommandError(EXIT.read, `${path}: ${error.message}`)
      : new CommandError(EXIT.read, `cannot read ${path}: ${fileProblem(error)}`);
  try {
    for await (const piece of piecesOf(path, signal)) {
      reader ??= recordingReader(piece, (record) => records.push(record));
      reader.push(piece);
      if (records.length > 0) yield records.splice(0);
    }
    if (reader === undefined) throw new SyntaxError("the file is empty");
    const cut = reader.end();
    if (cut !== undefined) say(printable(`${path} is cut: ${cut}; all before it is here`));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (signal?.aborted) return;
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) {
      // What stands before the fault is good.
      if (records.length > 0) yield records.splice(0);
      throw wrong(error);
    }
    throw error;
  }
  if (records.length > 0) yield records.splice(0);
}

function piecesOf(path: string, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  const stream = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES });
  return signal === undefined ? stream : addAbortSignal(signal, stream);
}

/** Passes records on, their secrets masked unless `reveal`. Call `end` behind the last record. */
export function maskedUnless(
  reveal: boolean,
  pass: (record: TraceRecord) => void,
): { add(record: TraceRecord): void; end(): void } {
  if (reveal) return { add: pass, end() {} };
  const redactor = new Redactor(pass);
  let time = 0;
  return {
    add(record) {
      // The records of one turn have one time: by its end the grammar has read what came in.
      if (record.t !== time) redactor.flush();
      time = record.t;
      redactor.add(record);
    },
    end: () => redactor.flush(),
  };
}
