/** One response on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly content: string;
}

/**
 * The responses in the bytes of a server, read in as few lines as possible. This is not our parser, so that it does not
 * share our mistakes. Content without a head, as in HTTP/0.9, becomes an answer of status 0.
 *
 * @param methods of the requests they answer: the answer to HEAD has no content.
 */
export function answersIn(text: string, methods: readonly string[], ended: boolean): WireAnswer[] {
  const answers: WireAnswer[] = [];
  let at = 0;
  let answered = 0;
  while (at < text.length) {
    const headEnd = text.indexOf("\r\n\r\n", at);
    const head = text.slice(at, headEnd);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    if (headEnd === -1 || status === 0) {
      if (ended || !"HTTP/1.".startsWith(text.slice(at, at + 7)))
        answers.push({ status: 0, content: text.slice(at) });
      break;
    }
    const start = headEnd + 4;
    const withoutContent = methods[answered] === "HEAD" || status < 200 || status === 204 || status === 304;
    const end = withoutContent ? start : contentEnd(text, head, start, ended);
    if (end === undefined) break;
    answers.push({ status, content: text.slice(start, end) });
    if (status >= 200) answered++;
    at = end;
  }
  return answers;
}

function contentEnd(text: string, head: string, start: number, ended: boolean): number | undefined {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return start + Number(length) <= text.length ? start + Number(length) : undefined;
  if (!/^transfer-encoding: *chunked/im.test(head)) return ended ? text.length : undefined;
  const lastChunk = text.indexOf("0\r\n\r\n", start);
  return lastChunk === -1 ? undefined : lastChunk + 5;
}
