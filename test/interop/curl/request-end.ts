/** Where the head at the start of `text` ends. */
export function headEnd(text: string): number | undefined {
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? undefined : end.index + end[0].length;
}

/** Where the content ends that follows this head. */
export function contentEnd(head: string, text: string): number | undefined {
  if (/^transfer-encoding: *chunked/im.test(head)) return chunkedEnd(text);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return text.length >= length ? length : undefined;
}

function chunkedEnd(text: string): number | undefined {
  for (let at = 0; ; ) {
    const line = text.indexOf("\r\n", at);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (Number.isNaN(size)) return text.length;
    if (size === 0) return trailerEnd(text, line + 2);
    at = line + 2 + size + 2;
  }
}

function trailerEnd(text: string, start: number): number | undefined {
  if (text.startsWith("\r\n", start)) return start + 2;
  const end = text.indexOf("\r\n\r\n", start);
  return end === -1 ? undefined : end + 4;
}
