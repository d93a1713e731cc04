import { createReadStream } from "node:fs";
import {
  GrammarReader,
  HarReader,
  NdjsonReader,
  PcapngReader,
  printable,
  type TraceRecord,
} from "../../trace.ts";
import { CommandError, EXIT, fileProblem } from "../exit-codes.ts";
import { say } from "../output.ts";

const PIECE_BYTES = 256 * 1024;

/** Reads one kind of file: what it passes on comes out of `records`. */
interface Reader {
  push(piece: Uint8Array): void;
  /** Returns what is wrong with the end of the file. */
  end(): string | undefined;
}

/**
 * The records of a file in batches, read as they are asked for: memory does not grow with the file. What kind of file it
 * is, its first bytes say. `-` is stdin.
 *
 * @throws {CommandError} the file cannot be read, or is no recording.
 */
export async function* recordsIn(path: string): AsyncGenerator<readonly TraceRecord[]> {
  const records: TraceRecord[] = [];
  let reader: Reader | undefined;
  const wrong = (error: unknown) =>
    error instanceof SyntaxError
      ? new CommandError(EXIT.read, `${path}: ${error.message}`)
      : new CommandError(EXIT.read, `cannot read ${path}: ${fileProblem(error)}`);
  try {
    for await (const piece of piecesOf(path)) {
      reader ??= readerFor(piece, (record) => records.push(record));
      reader.push(piece);
      if (records.length > 0) yield records.splice(0);
    }
    if (reader === undefined) throw new SyntaxError("the file is empty");
    const cut = reader.end();
    if (cut !== undefined) say(printable(`${path} is cut: ${cut}; all before it is here`));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) {
      // What stands before the fault is good.
      if (records.length > 0) yield records.splice(0);
      throw wrong(error);
    }
    throw error;
  }
  if (records.length > 0) yield records.splice(0);
}

const piecesOf = (path: string): AsyncIterable<Uint8Array> =>
  path === "-" ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES });

function readerFor(front: Uint8Array, pass: (record: TraceRecord) => void): Reader {
  if (front[0] === 0x0a && front[1] === 0x0d) {
    const grammar = new GrammarReader(pass);
    const reader = new PcapngReader((record) => grammar.add(record));
    return {
      push: (piece) => reader.push(piece),
      end() {
        const bytes = reader.end();
        return bytes === 0 ? undefined : `its last block is not complete (${bytes} bytes)`;
      },
    };
  }
  // A record begins with its version, a HAR with its log.
  if (/^\s*\{\s*"log"/.test(Buffer.from(front.subarray(0, 100)).toString("latin1"))) {
    const reader = new HarReader(pass);
    return {
      push: (piece) => reader.push(piece),
      end: () => (reader.end() === "" ? undefined : "its last entry is not complete"),
    };
  }
  const reader = new NdjsonReader();
  return {
    push(piece) {
      for (const record of reader.push(piece)) pass(record);
    },
    end() {
      const { record, cut } = reader.end();
      if (record !== undefined) pass(record);
      return cut && `line ${cut.line} is not complete`;
    },
  };
}
