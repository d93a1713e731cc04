import { latin1, latin1Bytes } from "../bytes/text.ts";
import { TRACE_VERSION, type TraceRecord } from "./record.ts";
import { isRecord } from "./record-shape.ts";

/** A longer line is no record of ours: V8 cannot make a text of more than 512 MiB. */
const MAX_LINE_LENGTH = 256 * 1024 * 1024;

/** One record as one line of JSON, without the line end. Bytes are base64: any octet survives. */
export function toNdjson(record: TraceRecord): string {
  return JSON.stringify(record.type === "bytes" ? { ...record, bytes: btoa(latin1(record.bytes)) } : record);
}

/**
 * The records of an NDJSON text. Nothing is skipped: a line of a later version is an error, and so is an empty line.
 * `NdjsonReader` reads a recording in pieces.
 *
 * @throws {SyntaxError} the message has the number of the line.
 */
export function fromNdjson(text: string): TraceRecord[] {
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  return lines.map((line, index) => recordOf(line, index + 1));
}

/** How a recording ended. */
export interface NdjsonEnd {
  /** The last record, if no line end follows it. */
  readonly record?: TraceRecord;
  /** The last line, if the line is no whole record: whoever wrote the recording was stopped in the middle of the line. */
  readonly cut?: { readonly line: number; readonly text: string };
}

/** Reads a recording in pieces of any size. It keeps one incomplete line in memory, whatever the recording's size. */
export class NdjsonReader {
  readonly #decoder = new TextDecoder();
  /** Pieces of the line that is not complete. */
  #pieces: string[] = [];
  #length = 0;
  #lines = 0;

  /**
   * Takes the next piece and returns the records that are whole now.
   *
   * @throws {SyntaxError} a line is no record; the message has its number. What follows the line is lost.
   */
  push(piece: string | Uint8Array): TraceRecord[] {
    const text = typeof piece === "string" ? piece : this.#decoder.decode(piece, { stream: true });
    const records: TraceRecord[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#keep(text.slice(start, end));
      records.push(recordOf(this.#take(), ++this.#lines));
      start = end + 1;
    }
    this.#keep(text.slice(start));
    return records;
  }

  /** The recording is over. Tells what stands behind the last line end. */
  end(): NdjsonEnd {
    this.#keep(this.#decoder.decode());
    const text = this.#take();
    if (text === "") return {};
    const line = this.#lines + 1;
    try {
      return { record: recordOf(text, line) };
    } catch {
      return { cut: { line, text } };
    }
  }

  #keep(piece: string): void {
    if (piece === "") return;
    this.#length += piece.length;
    if (this.#length > MAX_LINE_LENGTH)
      throw new SyntaxError(`line ${this.#lines + 1} is no trace record: it is longer than 256 MiB`);
    this.#pieces.push(piece);
  }

  #take(): string {
    const line = this.#pieces.length === 1 ? (this.#pieces[0] as string) : this.#pieces.join("");
    this.#pieces = [];
    this.#length = 0;
    return line;
  }
}

function recordOf(line: string, number: number): TraceRecord {
  const refused = (why: string) => new SyntaxError(`line ${number} is no trace record: ${why}`);
  const record = parsed(line) as (Omit<TraceRecord, "bytes"> & { bytes: string }) | null | undefined;
  if (record === undefined) throw refused("it is not JSON");
  if (record?.v !== TRACE_VERSION) throw refused(`version ${String(record?.v)} is unknown`);
  if (!isRecord(record)) throw refused("a member is missing or has the wrong type");
  try {
    return (
      record.type === "bytes" ? { ...record, bytes: latin1Bytes(atob(record.bytes)) } : record
    ) as TraceRecord;
  } catch {
    throw refused("its bytes are not base64");
  }
}

/** `undefined`: the text is no JSON. The engine's own message would quote the text. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
