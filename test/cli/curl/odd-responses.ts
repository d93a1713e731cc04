/*
 * Odd responses, and how they are sent. odd-responses.json has what curl 8.23 makes of each: `curl -sS -i URL`.
 */

export interface OddResponse {
  /** As latin1. */
  readonly bytes: string;
  /** Options of curl. */
  readonly args?: readonly string[];
  /** In pieces of 4000 bytes; otherwise of 20. */
  readonly big?: true;
  /** The server keeps the connection, and is asked twice. */
  readonly two?: true;
  /** The server ends it, and is asked twice. */
  readonly keep?: true;
  /** The connection is reset behind these bytes. */
  readonly reset?: true;
  /** The server answers at once, and reads no more of the request. */
  readonly early?: true;
  /** A content of 900,000 bytes is sent. */
  readonly upload?: true;
}

export const ODD_RESPONSES = new Map<string, OddResponse>();

const R = "\r\n";
const H5 = "Content-Length: 5";

function add(name: string, bytes: string, how: Omit<OddResponse, "bytes"> = {}): void {
  ODD_RESPONSES.set(name, { bytes, ...how });
}

function ok(fields: readonly string[], content = ""): string {
  return `HTTP/1.1 200 OK${R}${fields.map((field) => field + R).join("")}${R}${content}`;
}

const ch = (content: string): string => ok(["Transfer-Encoding: chunked"], content);

add("lf-only", "HTTP/1.1 200 OK\nContent-Length: 5\nX: y\n\nhello");
add("lf-mixed", "HTTP/1.1 200 OK\r\nContent-Length: 5\nX: y\r\n\nhello");
add("fold", ok([H5, "X: a\r\n  b"], "hello"));
add("fold-tabs", ok([H5, "X: a  \r\n \t b  \r\n\tc"], "hello"));
add("fold-empty", ok([H5, "X: a\r\n  \r\n b"], "hello"));
add("fold-first", ok([" X: a", H5], "hello"));
add("fold-length", ok(["Content-Length:\r\n 5"], "hello"));
add("blank-before-colon", ok(["X : 1", "Content-Length : 5"], "hello"));
add("tab-before-colon", ok(["Content-Length\t: 5"], "hello"));
add("no-colon", ok([H5, "nocolon"], "hello"));
add("no-colon-first", ok(["nocolon", H5], "hello"));
add("empty-name", ok([H5, ": value"], "hello"));
add("bad-name", ok([H5, "X@y: 1", "X y: 2", "X(: 3"], "hello"));
add("bad-name-high", ok([H5, "X\xe9: 1"], "hello"));
add("bad-name-ctl", ok([H5, "X\x01: 1"], "hello"));
add("nul-value", ok([H5, "X: a\0b"], "hello"));
add("nul-name", ok([H5, "X\0: b"], "hello"));
add("nul-status", "HTTP/1.1 200 O\0K\r\nContent-Length: 5\r\n\r\nhello");
add("ctl-value", ok([H5, "X: a\x01\x1b\x7fb"], "hello"));
add("ctl-reason", "HTTP/1.1 200 O\x01K\r\nContent-Length: 5\r\n\r\nhello");
add("cr-value", ok([H5, "X: a\rb"], "hello"));
add("cr-cr-lf", ok([H5, "X: a\r"], "hello"));
add("cr-name", ok([H5, "X\r: a"], "hello"));
add("cr-start", "HTTP/1.1 200 OK\r\r\nContent-Length: 5\r\n\r\nhello");
add("leading-blanks-value", ok(["Content-Length:    5  ", "X:\t y \t"], "hello"));
add("http12", "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http19", "HTTP/1.9 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http2", "HTTP/2 200\r\nContent-Length: 5\r\n\r\nhello");
add("http20", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http3", "HTTP/3 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http09v", "HTTP/0.9 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http1", "HTTP/1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http111", "HTTP/1.11 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("http1x", "HTTP/1.x 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("status2", "HTTP/1.1 20\r\nContent-Length: 5\r\n\r\nhello");
add("status2r", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello");
add("status4", "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello");
add("status-letters", "HTTP/1.1 2xx OK\r\nContent-Length: 5\r\n\r\nhello");
add("status-none", "HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
add("status-joined", "HTTP/1.1 200OK\r\nContent-Length: 5\r\n\r\nhello");
add("no-reason", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello");
add("no-reason-sp", "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello");
add("two-sp", "HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("three-sp", "HTTP/1.1   200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("tab-sp", "HTTP/1.1\t200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("tab-sp2", "HTTP/1.1 200\tOK\r\nContent-Length: 5\r\n\r\nhello");
add("lower", "http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("icy", "ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("junk", "hello there, this is no HTTP\nbut some text\n");
add("junk-short", "hi");
add("junk09", "hello there, this is no HTTP\nbut some text\n", { args: ["--http0.9"] });
add("junk-binary09", "\0\x01\x02binary\xff\n", { args: ["--http0.9"] });
add("HT-cut", "HTT");
add("HT-cut09", "HTT", { args: ["--http0.9"] });
add("crlf-before", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("sp-before", " HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
add("sp-before09", " HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", { args: ["--http0.9"] });
for (const s of ["000", "099", "999", "600", "199", "101", "100"])
  add(`status-${s}`, `HTTP/1.1 ${s} X\r\nContent-Length: 5\r\n\r\nhello`);
add("cl-equal", ok([H5, H5], "hello"));
add("cl-different", ok([H5, "Content-Length: 6"], "hello!"));
add("cl-different-rev", ok(["Content-Length: 6", H5], "hello!"));
add("cl-list", ok(["Content-Length: 5, 5"], "hello"));
add("cl-list-diff", ok(["Content-Length: 5, 6"], "hello"));
add("cl-list3", ok(["Content-Length: 5,5,5"], "hello"));
add("cl-plus", ok(["Content-Length: +5"], "hello"));
add("cl-neg", ok(["Content-Length: -5"], "hello"));
add("cl-text", ok(["Content-Length: abc"], "hello"));
add("cl-junk", ok(["Content-Length: 5abc"], "hello"));
add("cl-junk-sp", ok(["Content-Length: 5 abc"], "hello"));
add("cl-semicolon", ok(["Content-Length: 5;a"], "hello"));
add("cl-hex", ok(["Content-Length: 0x5"], "hello"));
add("cl-empty", ok(["Content-Length:"], "hello"));
add("cl-zeros", ok(["Content-Length: 00000000000000000000005"], "hello"));
add("cl-huge", ok(["Content-Length: 99999999999999999999999"], "hello"));
add("cl-2^63", ok(["Content-Length: 9223372036854775807"], "hello"));
add("cl-2^63+1", ok(["Content-Length: 9223372036854775808"], "hello"));
add("cl-2^53", ok(["Content-Length: 9007199254740993"], "hello"));
add("cl-te", ok([H5, "Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-cl", ok(["Transfer-Encoding: chunked", H5], "3\r\nabc\r\n0\r\n\r\n"));
add("te-identity", ok(["Transfer-Encoding: identity"], "hello"));
add("te-identity-cl", ok(["Transfer-Encoding: identity", H5], "hello"));
add("cl-te-identity", ok([H5, "Transfer-Encoding: identity"], "hello and more"));
add("te-identity-chunked", ok(["Transfer-Encoding: identity, chunked"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-gzip-chunked-plain", ok(["Transfer-Encoding: gzip, chunked"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-gzip", ok(["Transfer-Encoding: gzip"], "hello"));
add("te-chunked2", ok(["Transfer-Encoding: chunked, chunked"], "3\r\nabc\r\n0\r\n\r\n"));
add(
  "te-chunked2-lines",
  ok(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"),
);
add("te-chunked-identity", ok(["Transfer-Encoding: chunked, identity"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-chunked-gzip", ok(["Transfer-Encoding: chunked, gzip"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-xchunked", ok(["Transfer-Encoding: xchunked"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-unknown", ok(["Transfer-Encoding: foo"], "hello"));
add("te-chunkedx", ok(["Transfer-Encoding: chunkedx"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-chunked-param", ok(["Transfer-Encoding: chunked;q=1"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-upper", ok(["Transfer-Encoding: CHUNKED"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-quoted", ok(['Transfer-Encoding: "chunked"'], "3\r\nabc\r\n0\r\n\r\n"));
add("te-empty", ok(["Transfer-Encoding:"], "hello"));
add("te-comma", ok(["Transfer-Encoding: , chunked"], "3\r\nabc\r\n0\r\n\r\n"));
add("te-10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
add("ck-ok", ch("3\r\nabc\r\n0\r\n\r\n"));
add("ck-sp-after", ch("3 \r\nabc\r\n0 \r\n\r\n"));
add("ck-sp-before", ch(" 3\r\nabc\r\n0\r\n\r\n"));
add("ck-tab-after", ch("3\t\r\nabc\r\n0\r\n\r\n"));
add("ck-junk-after", ch("3 junk\r\nabc\r\n0\r\n\r\n"));
add("ck-junk-joined", ch("3xyz\r\nabc\r\n0\r\n\r\n"));
add("ck-0x", ch("0x3\r\nabc\r\n0\r\n\r\n"));
add("ck-neg", ch("-3\r\nabc\r\n0\r\n\r\n"));
add("ck-plus", ch("+3\r\nabc\r\n0\r\n\r\n"));
add("ck-empty", ch("\r\nabc\r\n0\r\n\r\n"));
add("ck-16", ch("0000000000000003\r\nabc\r\n0\r\n\r\n"));
add("ck-17", ch("00000000000000003\r\nabc\r\n0\r\n\r\n"));
add("ck-40", ch(`${"0".repeat(39)}3\r\nabc\r\n0\r\n\r\n`));
add("ck-huge", ch("ffffffffffffffff\r\nabc\r\n0\r\n\r\n"));
add("ck-7fff", ch("7fffffffffffffff\r\nabc\r\n0\r\n\r\n"));
add("ck-2^53", ch("20000000000001\r\nabc\r\n0\r\n\r\n"));
add("ck-ext", ch("3;a=b\r\nabc\r\n0;c\r\n\r\n"));
add("ck-ext-bad", ch("3;;=;\x01\r\nabc\r\n0;\r\n\r\n"));
add("ck-ext-300", ch(`3;${"a".repeat(300)}\r\nabc\r\n0\r\n\r\n`));
add("ck-ext-5k", ch(`3;${"a".repeat(5000)}\r\nabc\r\n0\r\n\r\n`));
add("ck-ext-70k", ch(`3;${"a".repeat(70000)}\r\nabc\r\n0\r\n\r\n`), { big: true });
add("ck-no-crlf", ch("3\r\nabc0\r\n\r\n"));
add("ck-wrong-crlf", ch("3\r\nabcXX0\r\n\r\n"));
add("ck-lf", ch("3\nabc\n0\n\n"));
add("ck-lf-size", ch("3\nabc\r\n0\r\n\r\n"));
add("ck-lf-data", ch("3\r\nabc\n0\r\n\r\n"));
add("ck-lf-last", ch("3\r\nabc\r\n0\n\r\n"));
add("ck-lf-end", ch("3\r\nabc\r\n0\r\n\n"));
add("ck-cr", ch("3\rabc\r\n0\r\n\r\n"));
add("ck-cut-size", ch("3\r\nabc\r\n1"));
add("ck-cut-data", ch("5\r\nabc"));
add("ck-cut-crlf", ch("3\r\nabc\r\n"));
add("ck-cut-last", ch("3\r\nabc\r\n0\r\n"));
add("ck-cut-last0", ch("3\r\nabc\r\n0"));
add("ck-many-small", ch(`${"1\r\na\r\n".repeat(3000)}0\r\n\r\n`), { big: true });
add("ck-many-ext", ch(`${"1;xxxxxxxxxxxxxxxxx\r\na\r\n".repeat(3000)}0\r\n\r\n`), { big: true });
add("tr-ok", ch("3\r\nabc\r\n0\r\nX: y\r\n\r\n"));
add("tr-forbidden", ch("3\r\nabc\r\n0\r\nContent-Length: 7\r\nSet-Cookie: a=b\r\nHost: q\r\n\r\n"));
add("tr-no-colon", ch("3\r\nabc\r\n0\r\nbroken\r\n\r\n"));
add("tr-empty-name", ch("3\r\nabc\r\n0\r\n: x\r\n\r\n"));
add("tr-fold", ch("3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n"));
add("tr-fold-first", ch("3\r\nabc\r\n0\r\n z\r\nX: y\r\n\r\n"));
add("tr-lf", ch("3\r\nabc\r\n0\r\nX: y\n\n"));
add("tr-blank-colon", ch("3\r\nabc\r\n0\r\nX : y\r\n\r\n"));
add("tr-nul", ch("3\r\nabc\r\n0\r\nX: y\0z\r\n\r\n"));
add("tr-5k", ch(`3\r\nabc\r\n0\r\nX: ${"a".repeat(5000)}\r\n\r\n`));
add("tr-40", ch(`3\r\nabc\r\n0\r\n${"X: a\r\n".repeat(40)}\r\n`));
add("tr-cut", ch("3\r\nabc\r\n0\r\nX: y\r\n"));
add("tr-cut-line", ch("3\r\nabc\r\n0\r\nX: "));
add("sc-257", ok([H5, ...Array.from({ length: 257 }, (_, i) => `Set-Cookie: a${i}=b`)], "hello"), {
  big: true,
});
add("sc-5000", ok([H5, ...Array.from({ length: 5000 }, (_, i) => `Set-Cookie: a${i}=b`)], "hello"), {
  big: true,
});
add("fields-5001", ok([H5, ...Array.from({ length: 5001 }, (_, i) => `X: a${i}=b`)], "hello"), { big: true });
add("field-70k", ok([H5, `X: ${"a".repeat(70000)}`], "hello"), { big: true });
add("field-99k", ok([H5, `X: ${"a".repeat(99000)}`], "hello"), { big: true });
add("field-101k", ok([H5, `X: ${"a".repeat(102500)}`], "hello"), { big: true });
add("head-299k", ok([H5, ...Array.from({ length: 298 }, () => `X: ${"a".repeat(1000)}`)], "hello"), {
  big: true,
});
add("head-306k", ok([H5, ...Array.from({ length: 305 }, () => `X: ${"a".repeat(1000)}`)], "hello"), {
  big: true,
});
add("head-400k", ok([H5, ...Array.from({ length: 398 }, () => `X: ${"a".repeat(1000)}`)], "hello"), {
  big: true,
});
add("reason-9k", `HTTP/1.1 200 ${"a".repeat(9000)}\r\nContent-Length: 5\r\n\r\nhello`, { big: true });
add("reason-99k", `HTTP/1.1 200 ${"a".repeat(99000)}\r\nContent-Length: 5\r\n\r\nhello`, { big: true });
add("interim-20", "HTTP/1.1 102 Processing\r\n\r\n".repeat(20) + ok([H5], "hello"));
add("interim-200", "HTTP/1.1 102 Processing\r\n\r\n".repeat(200) + ok([H5], "hello"));
add("interim-1000", "HTTP/1.1 103 Early\r\nX: y\r\n\r\n".repeat(1000) + ok([H5], "hello"), { big: true });
add("interim-head", `HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n${ok([H5], "hello")}`);
add("interim-cut", "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n");
add("interim-cl", `HTTP/1.1 103 Early\r\nContent-Length: 3\r\n\r\n${ok([H5], "hello")}`);
add("interim-10", `HTTP/1.0 100 Continue\r\n\r\n${ok([H5], "hello")}`);
add("204-body", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello");
add("204-chunked", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
add("304-body", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\nhello");
add("205-body", "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello");
add("head-body", ok([H5], "hello"), { args: ["-I"] });
add("head-chunked", ok(["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"), { args: ["-I"] });
add("10-close", "HTTP/1.0 200 OK\r\n\r\nhello");
add("10-ka", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", { two: true });
add("11-two", ok([H5], "hello"), { two: true });
add("close-two", ok([H5, "Connection: close"], "hello"), { two: true, keep: true });
add("behind-two", ok([H5], "hello and more"), { two: true, keep: true });
add("behind-response-two", ok([H5], "hello") + ok(["Content-Length: 3"], "bad"), { two: true, keep: true });
add("behind", ok([H5], "hello and more"));
add("0-length", ok(["Content-Length: 0"]));
add("cut-empty", "");
add("cut-status", "HTTP/1.1 20");
add("cut-status-line", "HTTP/1.1 200 OK\r\n");
add("cut-field", "HTTP/1.1 200 OK\r\nContent-Len");
add("cut-fields", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
add("cut-body", ok([H5], "hel"));
add("cut-body0", ok([H5]));
add("rst-empty", "", { reset: true });
add("rst-head", "HTTP/1.1 200 OK\r\nContent-Len", { reset: true });
add("rst-body", ok([H5], "hel"), { reset: true });
add("rst-close", ok([], "hel"), { reset: true });
add("early-413", "HTTP/1.1 413 Too\r\nContent-Length: 5\r\n\r\nhello", { early: true, upload: true });
add("early-200", ok([H5], "hello"), { early: true, upload: true });
add("early-413-close", "HTTP/1.1 413 Too\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", {
  early: true,
  upload: true,
});
add("101-unasked", "HTTP/1.1 101 Switching\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\nfoo bytes");
add("ce-unknown", ok([H5, "Content-Encoding: foo"], "hello"), { args: ["--compressed"] });
add("ce-unknown-not", ok([H5, "Content-Encoding: foo"], "hello"));
add("ce-gzip-bad", ok([H5, "Content-Encoding: gzip"], "hello"), { args: ["--compressed"] });
add("ce-identity", ok([H5, "Content-Encoding: identity"], "hello"), { args: ["--compressed"] });
add("ce-none", ok([H5, "Content-Encoding: none"], "hello"), { args: ["--compressed"] });
add("ce-empty", ok([H5, "Content-Encoding:"], "hello"), { args: ["--compressed"] });
add("ce-gzip-empty", ok(["Content-Length: 0", "Content-Encoding: gzip"], ""), { args: ["--compressed"] });
add("icl", ok(["Content-Length: 3"], "hello"), { args: ["--ignore-content-length"] });
add("icl-long", ok(["Content-Length: 30"], "hello"), { args: ["--ignore-content-length"] });
add("icl-bad", ok(["Content-Length: abc"], "hello"), { args: ["--ignore-content-length"] });
add("raw-chunked", ch("3;x\r\nabc\r\n0\r\nX: y\r\n\r\n"), { args: ["--raw"] });
add("raw-gzip", ok(["Transfer-Encoding: gzip"], "hello"), { args: ["--raw"] });

const latin1 = (base64: string) => Buffer.from(base64, "base64").toString("latin1");
const chunk = (content: string) => `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`;
const GZIP = latin1("H4sIAAAAAAACA8tIzcnJVyjPL8pJ0VHIQHAAUTKtsxgAAAA=");
const DEFLATE = latin1("eJzLSM3JyVdISU3LSSxJBQAjDAUK");
add("tr-enc", ok(["Transfer-Encoding: gzip, chunked"], chunk(GZIP)), { args: ["--tr-encoding"] });
add("tr-enc-not-asked", ok(["Transfer-Encoding: gzip, chunked"], chunk(GZIP)));
add("tr-enc-deflate", ok(["Transfer-Encoding: deflate, chunked"], chunk(DEFLATE)), {
  args: ["--tr-encoding"],
});
add("tr-enc-close", ok(["Transfer-Encoding: gzip"], GZIP), { args: ["--tr-encoding"] });
add("ce-gzip", ok([`Content-Length: ${GZIP.length}`, "Content-Encoding: gzip"], GZIP), {
  args: ["--compressed"],
});
add("ce-gzip-two", ok([`Content-Length: ${2 * GZIP.length}`, "Content-Encoding: gzip"], GZIP + GZIP), {
  args: ["--compressed"],
});

add("k-colon-fold", "HTTP/1.1 200 OK\nX: a \n  b\nContent-Length: 5\n\nhello");
add("fold-trail", ok(["X: a \r\n  b  ", "Y:  z  ", H5], "hello"));
add("k-lead2", ok([" X: 1", " Y: 2", H5], "hello"), { two: true });
add("fold-status", "HTTP/1.1 200 OK\r\n foo\r\nContent-Length: 5\r\n\r\nhello");
add(
  "te-10-two",
  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  { two: true },
);
add("cl-te-two", ok([H5, "Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"), { two: true });
add("lf-two", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", { two: true });
add("http2-two", "HTTP/2 200\r\nContent-Length: 5\r\n\r\nhello", { two: true });
add("tr-two", ok(["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\nX: y\r\n\r\n"), { two: true });
