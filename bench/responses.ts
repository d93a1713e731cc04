/**
 * Responses as servers send them, about 320 bytes each. Order, case, names, values, status and length vary, so that
 * nothing can be tuned to one exact message. A server keeps the order of its fields for a while: the order changes with
 * every fifth.
 */

const statuses = [
  "200 OK",
  "200 OK",
  "404 Not Found",
  "200 OK",
  "201 Created",
  "200 OK",
  "500 Internal Server Error",
];
const servers = ["nginx/1.22.1", "Apache/2.4.57 (Debian)", "wirepane", "envoy", "cloudflare"];
const types = ["text/html; charset=utf-8", "application/json", "text/plain", "image/svg+xml"];

/** Added to a length, this gives a printable octet. */
const LENGTH_CODE = 52;

export const responses: readonly string[] = Array.from({ length: 35 }, (_, i) => response(i));

function response(i: number): string {
  const content = contentOf(13 + ((i * 7) % 30));
  const lines = [
    `Date: Mon, 23 Nov 2026 02:${String(10 + i)}:42 GMT`,
    `Server: ${servers[i % servers.length]}`,
    `Content-Type: ${types[i % types.length]}`,
    `content-length: ${content.length}`,
    `ETag: "6${(i * 7919).toString(16)}-${content.length}"`,
    "Cache-Control: public, max-age=3600, stale-while-revalidate=60",
    `Vary: ${i % 2 ? "Accept-Encoding" : "Accept, Origin"}`,
    `X-Request-Id: ${(i * 104_729 + 46_656).toString(36).repeat(8).slice(0, 38)}-${i}`,
  ];
  const turn = Math.floor(i / 5) % 4;
  const turned = [...lines.slice(turn), ...lines.slice(0, turn)];
  return `HTTP/1.1 ${statuses[i % statuses.length]}\r\n${turned.join("\r\n")}\r\n\r\n${content}`;
}

/** Every octet of the content tells the length of the content. */
function contentOf(length: number): string {
  return String.fromCharCode(LENGTH_CODE + length).repeat(length);
}

/** Throws unless this is the whole content of one of the responses. */
export function expectContent(status: number, content: Uint8Array): void {
  const { length } = content;
  if (
    status < 200 ||
    length === 0 ||
    content[0] !== LENGTH_CODE + length ||
    content[length - 1] !== content[0]
  ) {
    throw new Error(`an answer that was never sent: ${status}, ${length} bytes of content`);
  }
}
