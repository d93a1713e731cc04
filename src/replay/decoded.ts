import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { fieldValue, type RecordedMessage } from "../trace/message-stream.ts";

/** Content is not decoded beyond this. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;

const DECODERS: Readonly<
  Record<string, (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array>
> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * The content without its coding (RFC 9110 §8.4): two servers compress the same content to different bytes, and a HAR
 * has the content without its coding. Content that cannot be decoded stays as it is.
 */
export function decoded(content: Uint8Array, fields: RecordedMessage["fields"]): Uint8Array {
  const coding = fieldValue(fields, "content-encoding")?.trim().toLowerCase() ?? "";
  if (content.length === 0 || !Object.hasOwn(DECODERS, coding)) return content;
  try {
    return DECODERS[coding]?.(content, { maxOutputLength: MAX_DECODED_BYTES }) ?? content;
  } catch {
    return content; // cut, larger than the limit, or decoded already: compared as it is
  }
}
