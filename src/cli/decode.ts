/** Larger content stays as it was sent: a few octets may become gigabytes. */
const MAX_DECODED_BYTES = 32 * 1024 * 1024;

/** Undoes a content coding (RFC 9110 §8.4.1). `undefined`: it is not known, or the bytes are not what they should be. */
export function decode(coding: string, bytes: Uint8Array): Uint8Array | undefined {
  const zlib = process.getBuiltinModule("node:zlib");
  const options = { maxOutputLength: MAX_DECODED_BYTES };
  try {
    switch (coding) {
      case "gzip":
      case "x-gzip":
        return zlib.gunzipSync(bytes, options);
      case "deflate":
        // Some send it without the zlib header (RFC 9110 §8.4.1.2).
        return (bytes[0] ?? 0) % 16 === 8
          ? zlib.inflateSync(bytes, options)
          : zlib.inflateRawSync(bytes, options);
      case "br":
        return zlib.brotliDecompressSync(bytes, options);
      default:
        return undefined;
    }
  } catch {
    return undefined; // The content is shown as it was sent.
  }
}
