// Responses as servers send them, about 320 bytes each. Nothing may be tuned to one exact message: order, case, names,
// values, status and length vary.

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

export const responses: readonly string[] = Array.from({ length: 35 }, (_, i) => response(i));

function response(i: number): string {
  const content = "x".repeat(13 + ((i * 7) % 30));
  const lines = [
    `Date: Mon, 23 Nov 2026 02:${String(10 + i)}:42 GMT`,
    `Server: ${servers[i % servers.length]}`,
    `Content-Type: ${types[i % types.length]}`,
    `content-length: ${content.length}`,
    `ETag: "6${(i * 7919).toString(16)}-${content.length}"`,
    "Cache-Control: public, max-age=3600",
    `Vary: ${i % 2 ? "Accept-Encoding" : "Accept, Origin"}`,
    `X-Request-Id: ${(i * 104_729).toString(36)}-${i}`,
  ];
  const turned = [...lines.slice(i % 4), ...lines.slice(0, i % 4)];
  return `HTTP/1.1 ${statuses[i % statuses.length]}\r\n${turned.join("\r\n")}\r\n\r\n${content}`;
}
