import { counted, latin1 } from "../../bytes/text.ts";
import { GrammarReader } from "../grammar-reader.ts";
import { NdjsonReader } from "../ndjson.ts";
import type { TraceRecord } from "../record.ts";
import { HarReader } from "./har-reader.ts";
import { PcapngReader } from "./pcapng-reader.ts";

/** Reads a recording piece by piece, whatever its format: its records come out while its bytes go in. */
export interface RecordingReader {
  /** Takes the next bytes of the file. @throws {SyntaxError} they are no part of a recording. */
  push(piece: Uint8Array): void;
  /** The file has ended. Returns what is missing at its end, in words; `undefined` if the file is whole. */
  end(): string | undefined;
}

/**
 * The reader for a file that begins with these bytes: NDJSON, HAR or pcapng.
 *
 * @param pass called with each record, in the order of the file.
 */
export function recordingReader(front: Uint8Array, pass: (record: TraceRecord) => void): RecordingReader {
  if (front[0] === 0x0a && front[1] === 0x0d) {
    const grammar = new GrammarReader(pass);
    const reader = new PcapngReader((record) => grammar.add(record));
    return {
      push: (piece) => reader.push(piece),
      end() {
        const bytes = reader.end();
        return bytes === 0 ? undefined : `its last block is not complete (${counted(bytes, "byte")})`;
      },
    };
  }
  // A record begins with its version, a HAR with its log.
  if (/^\s*\{\s*"log"/.test(latin1(front, 0, Math.min(front.length, 100)))) {
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
