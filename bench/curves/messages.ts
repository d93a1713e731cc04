/** Heads with a given number of field lines. Order, case, names and values vary: no head is like the one before. */

const NAMES = [
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Cache-Control",
  "Content-Type",
  "Cookie",
  "ETag",
  "If-None-Match",
  "Last-Modified",
  "Referer",
  "Server",
  "Strict-Transport-Security",
  "User-Agent",
  "Vary",
  "Via",
  "X-Forwarded-For",
  "X-Request-Id",
];
const VALUES = [
  "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
  "gzip, deflate, br",
  "en-GB,en;q=0.8",
  "public, max-age=3600",
  "Mon, 23 Nov 2026 02:10:42 GMT",
  "session=4f1c8a0e93b7; theme=dark",
  "1",
];
/** After this many heads, heads and their orders of fields repeat. */
const VARIANTS = 6;
/** More orders than any cache would remember. */
const STRANGE_VARIANTS = 60;

/** Requests with this many field lines, Host among them. */
export function requestsOf(fieldLines: number): string[] {
  return variants(
    (i, lines) => `GET /${i === 0 ? "" : `page/${i}`} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`,
    (i) => `Host: host-${i}.example`,
    fieldLines,
    VARIANTS,
  );
}

/** As many orders of field lines as there are heads. */
export const strangeResponsesOf = (fieldLines: number): string[] => responsesOf(fieldLines, STRANGE_VARIANTS);

/** Responses with this many field lines, Content-Length among them. */
export function responsesOf(fieldLines: number, count = VARIANTS): string[] {
  const content = (i: number) => "x".repeat(13 + ((i * 7) % 30));
  return variants(
    (i, lines) =>
      `HTTP/1.1 ${i % 3 === 0 ? "404 Not Found" : "200 OK"}\r\n${lines.join("\r\n")}\r\n\r\n${content(i)}`,
    (i) => `Content-Length: ${content(i).length}`,
    fieldLines,
    count,
  );
}

/** Responses without content; the head has this many octets. */
export function headsOf(octets: number): string[] {
  return Array.from({ length: VARIANTS }, (_, i) => {
    let head = "HTTP/1.1 204 No Content\r\n";
    for (let line = 0; ; line++) {
      const next = `${fieldLine(i, line)}\r\n`;
      if (head.length + next.length + "X-Padding: \r\n\r\n".length > octets) break;
      head += next;
    }
    const padding = octets - head.length - "X-Padding: \r\n\r\n".length;
    return `${head}X-Padding: ${"p".repeat(padding)}\r\n\r\n`;
  });
}

/** Chunked content of this many octets on the wire, in chunks of 64 octets. */
export function chunkedOf(octets: number): string[] {
  const chunks = Math.max(1, Math.round(octets / (CHUNK + "40\r\n\r\n".length)));
  const chunk = `${CHUNK.toString(16)}\r\n${"c".repeat(CHUNK)}\r\n`;
  return [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(chunks)}0\r\n\r\n`];
}

/** Content of this many octets, with Content-Length. */
export function responseWith(octets: number): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${octets}\r\n\r\n${"c".repeat(octets)}`;
}

const CHUNK = 64;

function variants(
  message: (i: number, lines: readonly string[]) => string,
  needed: (i: number) => string,
  fieldLines: number,
  count: number,
): string[] {
  return Array.from({ length: count }, (_, i) => {
    const lines = Array.from({ length: fieldLines - 1 }, (_, line) => fieldLine(i, line));
    lines.splice(i % fieldLines, 0, needed(i));
    return message(i, lines);
  });
}

function fieldLine(variant: number, line: number): string {
  const at = variant * 5 + line;
  const usual = NAMES[at % NAMES.length] as string;
  // As a rule a name occurs once in a head.
  const name = line < NAMES.length ? usual : `X-${usual}-${Math.floor(line / NAMES.length)}`;
  const value = `${VALUES[at % VALUES.length]}${at % 2 === 0 ? "" : `-${(at * 7919).toString(36)}`}`;
  return `${at % 3 === 0 ? name.toLowerCase() : name}: ${value}`;
}
