import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValuePart } from "../../../src/trace/values/part.ts";
import { partsOfValue } from "../../../src/trace/values/values.ts";

type Message = "request" | "response";

const parts = (name: string, value: string, message: Message = "response", nowMs?: number) =>
  partsOfValue(name, value, { message, nowMs });

/** Every part and every part within it. */
const all = (list: readonly ValuePart[]): ValuePart[] =>
  list.flatMap((part) => [part, ...all(part.parts ?? [])]);

const problems = (name: string, value: string, message: Message = "response"): string[] =>
  all(parts(name, value, message)).flatMap(({ problem }) => (problem === undefined ? [] : [problem]));

/** `kind text` of each part. */
const shown = (name: string, value: string, message: Message = "response"): string[] =>
  all(parts(name, value, message)).map(({ kind, start, end }) => `${kind} ${value.slice(start, end)}`);

/** The examples of the RFCs, word for word: all of them are right. */
const RIGHT: readonly [source: string, message: Message, name: string, value: string][] = [
  ["RFC 9110 §12.5.1", "request", "Accept", "audio/*; q=0.2, audio/basic"],
  ["RFC 9110 §12.5.1", "request", "Accept", "text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c"],
  ["RFC 9110 §12.5.1", "request", "Accept", "text/*, text/plain, text/plain;format=flowed, */*"],
  ["RFC 9110 §12.5.2", "request", "Accept-Charset", "iso-8859-5, unicode-1-1;q=0.8"],
  ["RFC 9110 §12.5.3", "request", "Accept-Encoding", "compress, gzip"],
  ["RFC 9110 §12.5.3", "request", "Accept-Encoding", "compress;q=0.5, gzip;q=1.0"],
  ["RFC 9110 §12.5.3", "request", "Accept-Encoding", "gzip;q=1.0, identity; q=0.5, *;q=0"],
  ["RFC 9110 §12.5.4", "request", "Accept-Language", "da, en-gb;q=0.8, en;q=0.7"],
  ["RFC 9110 §14.3", "response", "Accept-Ranges", "bytes"],
  ["RFC 9110 §14.1.2", "request", "Range", "bytes=0-499"],
  ["RFC 9110 §14.1.2", "request", "Range", "bytes=-500"],
  ["RFC 9110 §14.1.2", "request", "Range", "bytes=9500-"],
  ["RFC 9110 §14.1.2", "request", "Range", "bytes= 0-999, 4500-5499, -1000"],
  ["RFC 9110 §14.4", "response", "Content-Range", "bytes 42-1233/1234"],
  ["RFC 9110 §14.4", "response", "Content-Range", "bytes 42-1233/*"],
  ["RFC 9110 §14.4", "response", "Content-Range", "bytes */1234"],
  ["RFC 9110 §8.8.3", "response", "ETag", '"xyzzy"'],
  ["RFC 9110 §8.8.3", "response", "ETag", 'W/"xyzzy"'],
  ["RFC 9110 §8.8.3", "response", "ETag", '""'],
  ["RFC 9110 §13.1.1", "request", "If-Match", '"xyzzy", "r2d2xxxx", "c3piozzzz"'],
  ["RFC 9110 §13.1.2", "request", "If-None-Match", 'W/"xyzzy", W/"r2d2xxxx", W/"c3piozzzz"'],
  ["RFC 9110 §13.1.2", "request", "If-None-Match", "*"],
  ["RFC 9110 §13.1.3", "request", "If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"],
  ["RFC 9110 §5.6.7", "response", "Date", "Sun, 06 Nov 1994 08:49:37 GMT"],
  ["RFC 9110 §5.6.7", "response", "Date", "Sunday, 06-Nov-94 08:49:37 GMT"],
  ["RFC 9110 §5.6.7", "response", "Date", "Sun Nov  6 08:49:37 1994"],
  ["RFC 9110 §10.2.3", "response", "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"],
  ["RFC 9110 §10.2.3", "response", "Retry-After", "120"],
  ["RFC 9111 §5.1", "response", "Age", "5"],
  ["RFC 9110 §8.3", "response", "Content-Type", "text/html; charset=ISO-8859-4"],
  ["RFC 9110 §8.3.1", "response", "Content-Type", 'text/html; charset="utf-8"'],
  ["RFC 9110 §8.3.1", "response", "Content-Type", 'Text/HTML;Charset="utf-8"'],
  ["RFC 9110 §8.4", "response", "Content-Encoding", "gzip"],
  ["RFC 9110 §8.5", "response", "Content-Language", "mi, en"],
  ["RFC 9110 §10.1.4", "request", "TE", "trailers, deflate;q=0.5"],
  ["RFC 9110 §10.2.1", "response", "Allow", "GET, HEAD, PUT"],
  ["RFC 9110 §7.6.3", "response", "Via", "1.0 fred, 1.1 p.example.com"],
  ["RFC 9110 §7.8", "request", "Upgrade", "websocket, IRC/6.9, RTA/x11"],
  [
    "RFC 9110 §11.6.1",
    "response",
    "WWW-Authenticate",
    'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
  ],
  ["RFC 7617 §2", "request", "Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="],
  ["RFC 6750 §2.1", "request", "Authorization", "Bearer mF_9.B5f-4.1JqM"],
  ["RFC 9111 §5.2.2.4", "response", "Cache-Control", 'no-cache="set-cookie", max-age=3600'],
  ["RFC 9111 §5.2.1.2", "request", "Cache-Control", "max-stale, min-fresh=20"],
  ["RFC 8246 §2", "response", "Cache-Control", "max-age=31536000, immutable"],
  ["RFC 5861 §3", "response", "Cache-Control", "max-age=600, stale-while-revalidate=30"],
  ["RFC 6266 §5", "response", "Content-Disposition", "Attachment; filename=example.html"],
  ["RFC 6266 §5", "response", "Content-Disposition", 'INLINE; FILENAME= "an example.html"'],
  ["RFC 6266 §5", "response", "Content-Disposition", "attachment; filename*= UTF-8''%e2%82%ac%20rates"],
  [
    "RFC 6266 §5",
    "response",
    "Content-Disposition",
    "attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates",
  ],
  ["RFC 6265 §3.1", "response", "Set-Cookie", "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly"],
  ["RFC 6265 §3.1", "response", "Set-Cookie", "lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT"],
  ["RFC 6265 §3.1", "request", "Cookie", "SID=31d4d96e407aad42; lang=en-US"],
  ["RFC 6265bis §4.1.3.2", "response", "Set-Cookie", "__Host-SID=12345; Secure; Path=/"],
  ["RFC 6265bis §4.1.3.1", "response", "Set-Cookie", "__Secure-SID=12345; Domain=site.example; Secure"],
  ["RFC 7239 §4", "request", "Forwarded", 'for="_gazonk"'],
  ["RFC 7239 §4", "request", "Forwarded", 'For="[2001:db8:cafe::17]:4711"'],
  ["RFC 7239 §4", "request", "Forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43"],
  ["RFC 7239 §4", "request", "Forwarded", "for=192.0.2.43, for=198.51.100.17"],
  [
    "RFC 8288 §3.5",
    "response",
    "Link",
    '<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter"',
  ],
  ["RFC 8288 §3.5", "response", "Link", '</>; rel="http://example.net/foo"'],
  ["RFC 8288 §3.5", "response", "Link", '</terms>; rel="copyright"; anchor="#foo"'],
  [
    "RFC 8288 §3.5",
    "response",
    "Link",
    '<http://example.org/>; rel="start http://example.net/relation/other"',
  ],
  ["RFC 6797 §6.2", "response", "Strict-Transport-Security", "max-age=31536000"],
  ["RFC 6797 §6.2", "response", "Strict-Transport-Security", "max-age=15768000 ; includeSubDomains"],
  ["RFC 6797 §6.2", "response", "Strict-Transport-Security", 'max-age="31536000"'],
  ["RFC 6797 §6.2", "response", "Strict-Transport-Security", "max-age=0; includeSubDomains"],
  [
    "CSP 3 §1",
    "response",
    "Content-Security-Policy",
    "script-src 'self'; object-src 'none'; report-to csp-reporting-endpoint",
  ],
  ["RFC 9112 §6.1", "response", "Transfer-Encoding", "gzip, chunked"],
  ["RFC 9112 §9.6", "response", "Connection", "close"],
  ["RFC 9110 §12.5.5", "response", "Vary", "accept-encoding, accept-language"],
];

test("the examples of the RFCs are taken apart, and nothing is wrong with them", () => {
  for (const [source, message, name, value] of RIGHT) {
    assert.notEqual(parts(name, value, message).length, 0, `${source}: ${name}: ${value}`);
    assert.deepEqual(problems(name, value, message), [], `${source}: ${name}: ${value}`);
  }
});

/** Values that break a rule, and a word of the sentence that says which. */
const WRONG: readonly [message: Message, name: string, value: string, word: RegExp][] = [
  ["response", "Cache-Control", "max-age=soon", /whole number of seconds/],
  ["response", "Cache-Control", "no-store=1", /takes no value/],
  ["response", "Cache-Control", "max-age=1, max-age=2", /twice/],
  ["response", "Cache-Control", "only-if-cached", /no meaning in a response/],
  ["request", "Cache-Control", "must-revalidate", /no meaning in a request/],
  ["response", "Content-Type", "html", /type\/subtype/],
  ["response", "Content-Type", "text/html; charset", /name=value/],
  ["response", "Content-Type", "text/html; charset = utf-8", /whitespace/],
  ["response", "Content-Type", 'text/html; charset="utf-8', /double quote/],
  ["request", "Content-Type", `multipart/form-data; boundary=${"a".repeat(71)}`, /boundary is 1 to 70/],
  ["response", "Content-Disposition", 'attachment; filename="a/b"', /slash/],
  ["response", "Content-Disposition", "attachment; filename*=UTF-8''%ff", /UTF-8/],
  ["response", "Content-Disposition", "attachment; filename*=naive.txt", /charset'language'name/],
  ["response", "Set-Cookie", "__Host-a=1; Path=/", /Secure/],
  ["response", "Set-Cookie", "__Host-a=1; Secure; Path=/; Domain=a.example", /no Domain/],
  ["response", "Set-Cookie", "__Host-a=1; Secure; Path=/x", /Path=\//],
  ["response", "Set-Cookie", "__Secure-a=1", /Secure/],
  ["response", "Set-Cookie", "a=1; SameSite=None", /Secure/],
  ["response", "Set-Cookie", "a=1; SameSite=maybe", /Strict, Lax or None/],
  ["response", "Set-Cookie", "a=1; Max-Age=soon", /whole number/],
  ["response", "Set-Cookie", "a=1; Expires=tomorrow", /a date is expected/],
  ["response", "Set-Cookie", "=1", /name=value/],
  ["request", "Cookie", "a=1; ; b=2", /name=value/],
  ["request", "Cookie", "a=x y", /whitespace/],
  ["request", "Accept", "text/html;q=2", /0 to 1/],
  ["request", "Accept", "*/html", /\*\/\*/],
  ["request", "Accept-Language", "english_us", /language tag/],
  ["request", "Accept-Encoding", "gzip;q=0.1234", /three decimals/],
  ["request", "TE", "chunked", /must not be listed/],
  ["request", "Range", "bytes=500-499", /before the first/],
  ["request", "Range", "bytes", /unit=first-last/],
  ["request", "Range", "bytes=a-b", /first-last/],
  ["response", "Content-Range", "bytes 0-1234/1234", /behind the end/],
  ["response", "Age", "-5", /whole number of seconds/],
  ["response", "Content-Range", "bytes=0-1/2", /first-last\/length/],
  ["response", "ETag", "xyzzy", /double quotes/],
  ["response", "ETag", 'w/"a"', /capital/],
  ["request", "If-Range", 'W/"a"', /strong/],
  ["response", "Date", "Sun, 06 Nov 1994 08:49:37 CET", /a date is expected/],
  ["response", "Date", "Mon, 06 Nov 1994 08:49:37 GMT", /weekday/],
  ["response", "Date", "Sun, 31 Feb 1994 08:49:37 GMT", /no such day/],
  ["response", "Expires", "0", /a date is expected/],
  ["request", "Authorization", "Basic a b", /token68/],
  ["request", "Authorization", "Basic", /credentials are expected/],
  ["response", "WWW-Authenticate", 'realm="a"', /a scheme is expected first/],
  ["response", "Connection", "close, content-length", /every recipient/],
  ["response", "Transfer-Encoding", "chunked, gzip", /last/],
  ["response", "Transfer-Encoding", "xchunked", /registered coding/],
  ["request", "Forwarded", "for=[2001:db8::1]", /double quotes/],
  ["request", "Forwarded", "for=a.example", /address is expected/],
  ["response", "Link", "http://a.example; rel=next", /angle brackets/],
  ["response", "Link", "<http://a.example>", /rel is expected/],
  ["response", "Strict-Transport-Security", "includeSubDomains", /max-age is missing/],
  ["response", "Strict-Transport-Security", "max-age=1; max-age=2", /twice/],
  ["response", "Content-Security-Policy", "default-src self", /single quotes/],
  ["response", "Content-Security-Policy", "script-source *", /directive of CSP/],
  ["response", "Content-Security-Policy", "img-src 'none' a.example", /only alone/],
  ["request", "Content-Length", "+5", /decimal digits/],
  ["request", "Host", "a b", /host name/],
  ["request", "Expect", "200-ok", /100-continue/],
  ["response", "Allow", "get", /capitals/],
];

test("a value that breaks a rule says what was expected", () => {
  for (const [message, name, value, word] of WRONG)
    assert.match(problems(name, value, message).join("; "), word, `${name}: ${value}`);
});

test("parts are the parts, to the octet", () => {
  assert.deepEqual(shown("Cache-Control", "max-age=60,  no-store"), [
    "directive max-age=60",
    "directive no-store",
  ]);
  assert.deepEqual(shown("Set-Cookie", "a=1;Path=/ ; Secure"), [
    "cookie a=1",
    "attribute Path=/",
    "attribute Secure",
  ]);
  assert.deepEqual(shown("Accept", "text/html;q=0.5", "request"), [
    "member text/html;q=0.5",
    "media-type text/html",
    "weight q=0.5",
  ]);
  assert.deepEqual(shown("Link", "<a,b;c>; rel=next, <d>; rel=prev"), [
    "member <a,b;c>; rel=next",
    "uri a,b;c",
    "relation rel=next",
    "member <d>; rel=prev",
    "uri d",
    "relation rel=prev",
  ]);
  assert.deepEqual(shown("Content-Security-Policy", "img-src 'self' a.example;  sandbox"), [
    "directive img-src 'self' a.example",
    "source 'self'",
    "source a.example",
    "directive sandbox",
  ]);
  assert.deepEqual(shown("Authorization", "Basic YTpi", "request"), ["scheme Basic", "credentials YTpi"]);
});

test("a date says which of the three forms it has, and how far from now it is only if now is known", () => {
  const sayings = (value: string, nowMs?: number) =>
    parts("Date", value, "response", nowMs)[0]?.meaning ?? "";
  assert.match(sayings("Sun, 06 Nov 1994 08:49:37 GMT"), /IMF-fixdate$/);
  assert.match(sayings("Sunday, 06-Nov-94 08:49:37 GMT"), /rfc850-date, obsolete$/);
  assert.match(sayings("Sun Nov  6 08:49:37 1994"), /asctime-date, obsolete$/);
  const then = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.match(sayings("Sun, 06 Nov 1994 08:49:37 GMT", then + 90_000), /1 min 30 s ago$/);
  assert.match(sayings("Sunday, 06-Nov-94 08:49:37 GMT", then - 86_400_000), /1 d from now$/);
});

test("a year of two digits that seems more than 50 years ahead is in the past", () => {
  // RFC 9110 §5.6.7.
  const now = Date.UTC(2026, 0, 1);
  const [date] = parts("Date", "Sunday, 06-Nov-94 08:49:37 GMT", "response", now);
  assert.equal(date?.problem, undefined);
  assert.match(date?.meaning ?? "", / ago$/);
});

test("what is masked is not called broken", () => {
  for (const name of ["Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization"])
    assert.deepEqual(problems(name, "*".repeat(20), "request"), []);
  assert.deepEqual(problems("Set-Cookie", "sid=*****; Path=/; HttpOnly"), []);
  assert.deepEqual(problems("Authorization", "Basic ****", "request"), []);
});
