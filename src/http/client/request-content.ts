/**
 * The content of a request. A text is sent as UTF-8. A stream is sent as it comes: chunked, unless Content-Length is
 * among the fields. A stream comes only once, so its request is never sent again; a `ContentSource` is opened again.
 */
export type RequestContent = string | Uint8Array | ContentSource | AsyncIterable<Uint8Array>;

/**
 * A content that is opened each time it is sent, such as a file: redirects, retries and challenges can send it again.
 *
 *     const body = { open: () => createReadStream(path), length: statSync(path).size };
 */
export interface ContentSource {
  /** Called when the content is sent, and again each time it is sent again. May throw: the request fails with that. */
  open(): AsyncIterable<Uint8Array>;
  /**
   * The number of bytes, if that is known: it becomes Content-Length. More or fewer bytes are an error: BODY_MISMATCH.
   * Without a length, the content is sent in chunks.
   */
  readonly length?: number | undefined;
}

/** Whether a content can be sent only once: a stream. Node's file streams have `open`, too, so that tells nothing. */
export function comesOnce(content: RequestContent | undefined): content is AsyncIterable<Uint8Array> {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}
