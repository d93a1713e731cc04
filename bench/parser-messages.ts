/** The messages that the parsers read: three kinds, each in many forms, with what a parser has to find in them. */

import { responses } from "./responses.ts";

export interface BenchMessage {
  readonly bytes: Buffer;
  /** The status, or the length of the target. */
  readonly start: number;
  readonly fieldLines: number;
  /** The length of all names and values. */
  readonly characters: number;
  readonly contentBytes: number;
}

export const messageKinds = {
  "response-323": () => responses.map(message),
  "response-1595": () => Array.from({ length: 35 }, (_, i) => message(longResponse(i))),
  "request-703": () => Array.from({ length: 35 }, (_, i) => message(browserRequest(i))),
} as const;

export type MessageKind = keyof typeof messageKinds;

function message(text: string): BenchMessage {
  const [head = "", content = ""] = text.split("\r\n\r\n");
  const [startLine = "", ...lines] = head.split("\r\n");
  const word = startLine.split(" ")[1] as string;
  return {
    bytes: Buffer.from(text, "latin1"),
    start: startLine.startsWith("HTTP/") ? Number(word) : word.length,
    fieldLines: lines.length,
    characters: lines.reduce((sum, line) => sum + line.length - ": ".length, 0),
    contentBytes: content.length,
  };
}

/** As a site behind a proxy answers a browser: cookies, a policy, many short fields. */
function longResponse(i: number): string {
  const token = (salt: number, length: number) =>
    (((i + 3) * salt) >>> 0).toString(36).repeat(length).slice(0, length);
  const content = "y".repeat(20 + (i % 11));
  const lines = [
    `Date: Mon, 23 Nov 2026 03:${String(10 + i)}:07 GMT`,
    `Content-Type: ${i % 3 ? "text/html; charset=utf-8" : "application/json; charset=utf-8"}`,
    `Content-Length: ${content.length}`,
    "Connection: keep-alive",
    `Cache-Control: ${i % 2 ? "private, no-cache, no-store, must-revalidate" : "public, max-age=600, stale-while-revalidate=60"}`,
    `ETag: W/"${token(7919, 32)}"`,
    `Set-Cookie: session=${token(104_729, 128)}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    `Set-Cookie: theme=dark; Path=/; Max-Age=31536000; SameSite=Lax`,
    `Strict-Transport-Security: max-age=63072000; includeSubDomains; preload`,
    `Content-Security-Policy: default-src 'self'; img-src 'self' https://images.example data:; script-src 'self' 'nonce-${token(31, 22)}'; style-src 'self'; frame-ancestors 'none'; connect-src 'self' https://api.example wss://live.example; font-src 'self' https://fonts.example; form-action 'self'; base-uri 'none'; object-src 'none'; upgrade-insecure-requests; report-uri /policy/reports/${i}`,
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: strict-origin-when-cross-origin",
    `Permissions-Policy: geolocation=(), microphone=(), camera=(), interest-cohort=()`,
    `Vary: Accept-Encoding, Accept-Language, Cookie`,
    `X-Request-Id: ${token(6151, 36)}`,
    `X-Runtime: 0.0${10 + i}`,
    "Via: 1.1 varnish, 1.1 edge-7.example",
    `Age: ${i * 13}`,
    `X-Cache: ${i % 2 ? "HIT, MISS" : "MISS, MISS"}`,
    `X-Timer: S17${token(48_611, 8)}.${100_000 + i},VS0,VE${i}`,
    `Server-Timing: db;dur=${i}.25, app;dur=${40 + i}.5`,
    'Alt-Svc: h3=":443"; ma=86400',
    `Link: </assets/app-${token(2011, 12)}.css>; rel=preload; as=style, </assets/app-${token(3001, 12)}.js>; rel=preload; as=script`,
  ];
  return `HTTP/1.1 ${i % 4 ? "200 OK" : "404 Not Found"}\r\n${turned(lines, i).join("\r\n")}\r\n\r\n${content}`;
}

/** As a browser sends it. */
function browserRequest(i: number): string {
  const lines = [
    `Host: www${i % 5}.example.com`,
    `User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${120 + i}.0.0.0 Safari/537.36`,
    `Accept: ${i % 3 ? "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8" : "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}`,
    `Accept-Language: ${i % 2 ? "en-GB,en;q=0.9" : "de-CH,de;q=0.9,en;q=0.8"}`,
    "Accept-Encoding: gzip, deflate, br, zstd",
    `Referer: https://www${i % 5}.example.com/articles/${i * 37}?ref=home`,
    "Connection: keep-alive",
    `Cookie: session=${(i * 104_729 + 7).toString(36).repeat(24).slice(0, 104)}; theme=dark; seen=${i}`,
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
    `Priority: u=${i % 7}, i`,
  ];
  return `GET /articles/${i * 41}/comments?page=${i} HTTP/1.1\r\n${turned(lines, i).join("\r\n")}\r\n\r\n`;
}

/** A sender keeps the order of its fields for a while: the order changes with every fifth message. */
function turned(lines: readonly string[], i: number): readonly string[] {
  const turn = Math.floor(i / 5) % 4;
  return [...lines.slice(turn), ...lines.slice(0, turn)];
}
