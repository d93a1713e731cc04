import { latin1, latin1Bytes } from "../bytes/text.ts";
import { TRACE_VERSION, type TraceRecord } from "./record.ts";
import { isRecord } from "./record-shape.ts";

/** One record as one line of JSON, without the line end. Bytes are base64: any octet survives. */
export function toNdjson(record: TraceRecord): string {
  return JSON.stringify(record.type === "bytes" ? { ...record, bytes: btoa(latin1(record.bytes)) } : record);
}

/**
 * The records of an NDJSON text. Nothing is skipped: a line of a later version is an error, and so is an empty line.
 *
 * @throws {SyntaxError} the message has the number of the line.
 */
export function fromNdjson(text: string): TraceRecord[] {
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  return lines.map((line, index) => {
    try {
      const record = JSON.parse(line) as Omit<TraceRecord, "bytes"> & { bytes: string };
      if (record.v !== TRACE_VERSION) throw new SyntaxError(`version ${String(record.v)} is unknown`);
      if (!isRecord(record)) throw new SyntaxError("a member is missing or has the wrong type");
      return (
        record.type === "bytes" ? { ...record, bytes: latin1Bytes(atob(record.bytes)) } : record
      ) as TraceRecord;
    } catch (error) {
      throw new SyntaxError(`line ${index + 1} is no trace record: ${(error as Error).message}`);
    }
  });
}
