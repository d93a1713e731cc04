import type { Random } from "../random.ts";

/*
 * Messages that are nearly right. Each part is usually a common form, and sometimes a form that parsers have disagreed
 * about. So most messages have no fault or one fault, and the bytes after a fault are still a message.
 */

const TROUBLE = 0.04;

const part = (random: Random, everyday: readonly string[], trouble: readonly string[]): string =>
  random.pick(random.chance(TROUBLE) ? trouble : everyday);

export function requestText(random: Random): string {
  const method = part(random, METHODS, ODD_METHODS);
  const target = part(random, method === "CONNECT" ? AUTHORITIES : TARGETS, ODD_TARGETS);
  const version = part(random, VERSIONS, ODD_VERSIONS);
  const end = part(random, CRLF, ODD_LINE_ENDS);
  const host = part(random, HOSTS, ODD_HOSTS);
  const framed = random.chance(0.6) ? framedContent(random) : NO_CONTENT;
  return `${method}${sp(random)}${target}${sp(random)}${version}${end}${message(random, host, framed)}`;
}

export function responseText(random: Random): string {
  const version = part(random, VERSIONS, ODD_VERSIONS);
  const status = part(random, STATUSES, ODD_STATUSES);
  const reason = part(random, REASONS, ODD_REASONS);
  const end = part(random, CRLF, ODD_LINE_ENDS);
  const framed = random.chance(0.9) ? framedContent(random) : NO_CONTENT;
  return `${version}${sp(random)}${status}${reason}${end}${message(random, "", framed)}`;
}

interface Framed {
  /** Whole field lines. */
  readonly fields: string;
  readonly content: string;
}

const NO_CONTENT: Framed = { fields: "", content: "" };

function message(random: Random, firstLines: string, framed: Framed): string {
  let fields = firstLines;
  for (let i = random.below(3); i > 0; i--) fields += fieldLine(random);
  fields += framed.fields;
  if (random.chance(0.15)) fields += part(random, CONNECTIONS, ODD_CONNECTIONS);
  if (random.chance(0.2)) fields += fieldLine(random);
  return `${fields}${part(random, CRLF, ODD_LINE_ENDS)}${framed.content}`;
}

function framedContent(random: Random): Framed {
  const content = part(random, CONTENTS, ODD_CONTENTS);
  const length = line(random, "Content-Length", part(random, [String(content.length)], ODD_LENGTHS));
  const coding = line(random, "Transfer-Encoding", part(random, ["chunked"], ODD_CODINGS));
  if (random.chance(TROUBLE)) {
    const both = random.pick([
      length + coding,
      coding + length,
      length + length,
      length + line(random, "Content-Length", random.pick(ODD_LENGTHS)),
      coding + coding,
      coding + line(random, "Transfer-Encoding", random.pick(ODD_CODINGS)),
    ]);
    return { fields: both, content: random.chance(0.5) ? content : chunked(random, content) };
  }
  return random.chance(0.5)
    ? { fields: length, content }
    : { fields: coding, content: chunked(random, content) };
}

function chunked(random: Random, content: string): string {
  let text = "";
  for (let at = 0; at < content.length; ) {
    const size = 1 + random.below(content.length - at);
    text += chunkSize(random, size) + chunkExt(random) + part(random, CRLF, ODD_LINE_ENDS);
    text += content.slice(at, at + size) + part(random, CRLF, ODD_CHUNK_ENDS);
    at += size;
  }
  text += part(random, ["0"], ["00", "", "-0", "0x0", "0000000000000000000000"]) + chunkExt(random);
  text += part(random, CRLF, ODD_LINE_ENDS);
  if (random.chance(0.2)) text += part(random, TRAILERS, ODD_TRAILERS);
  return text + part(random, CRLF, ODD_LINE_ENDS);
}

function chunkSize(random: Random, size: number): string {
  const hex = size.toString(16);
  return part(
    random,
    [hex],
    [`0${hex}`, hex.toUpperCase(), `+${hex}`, `0x${hex}`, ` ${hex}`, `${hex} `, `${hex}g`],
  );
}

function chunkExt(random: Random): string {
  return random.chance(0.15) ? part(random, CHUNK_EXTS, ODD_CHUNK_EXTS) : "";
}

const fieldLine = (random: Random): string =>
  line(random, part(random, NAMES, ODD_NAMES), part(random, VALUES, ODD_VALUES));

const line = (random: Random, name: string, value: string): string =>
  `${name}:${part(random, OWS, ODD_OWS)}${value}${part(random, ["", "", "", " ", "\t"], ODD_OWS)}${part(random, CRLF, ODD_LINE_ENDS)}`;

const sp = (random: Random): string => (random.chance(0.01) ? random.pick(["  ", "\t", "", "\x0b"]) : " ");

const CRLF = ["\r\n"];
const ODD_LINE_ENDS = ["\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", "\r\n ", "\r\n\t", "\0\r\n", "", "\x0b\r\n"];
const ODD_CHUNK_ENDS = ["\n", "\r", "", "xy", "\r\r\n", "x\r\n", "\r\n\r\n", " \r\n"];
const OWS = [" ", " ", " ", "", "\t", "  "];
const ODD_OWS = ["\x0b", "\x0c", "\xa0", "\r\n ", "\r\n\t", " \r\n\r\n", "\0", "\x85"];

const METHODS = [
  "GET",
  "GET",
  "POST",
  "POST",
  "PUT",
  "HEAD",
  "OPTIONS",
  "DELETE",
  "PATCH",
  "CONNECT",
  "QUERY",
];
const ODD_METHODS = ["get", "FOO", "G!T", "PRI", "SOURCE", "PLAY", "M-SEARCH", "", "GE(T", "GET\0", ">", "é"];
const TARGETS = ["/", "/", "/a/b?c=d", "/%41;x", "http://a/x", "http://a"];
const AUTHORITIES = ["a:1"];
const ODD_TARGETS = [
  "*",
  "",
  "a",
  "a:1",
  "a:",
  "a:0",
  "a:99999",
  "/a b",
  "/a\tb",
  "/\x80",
  "/#f",
  "/<>",
  '/"',
  "/{}|\\^`",
  "//",
  "?x",
  "/%zz",
  "/\x7f",
  "http://",
  "http://b/",
  "http://u@a/",
  "http://a:80/",
  "http:/a",
  "http:a",
  "://a",
  "1x://a/",
  "x://[::1]/",
  "/\x01",
  ".",
  "/é",
  "https://a",
  "http://a#f",
  "HTTP://A/",
];
const VERSIONS = [...Array<string>(15).fill("HTTP/1.1"), "HTTP/1.0"];
const ODD_VERSIONS = [
  "HTTP/2.0",
  "HTTP/0.9",
  "HTTP/1.2",
  "HTTP/1.9",
  "HTTP/3.0",
  "HTTP/1.",
  "HTTP/.1",
  "HTTP/1",
  "http/1.1",
  "HTTP/11",
  "HTTP/1.10",
  "HTTP/01.1",
  "HTTP/1.1 ",
  "HTTP/1,1",
  "ICE/1.0",
  "RTSP/1.0",
  "",
  "HTTP/1.1\t",
  "HTTP /1.1",
];
const HOSTS = ["Host: a\r\n", "Host: a\r\n", "Host: a\r\n", "host:a\r\n", "HOST: a:80\r\n"];
const ODD_HOSTS = [
  "",
  "Host: a\r\nHost: a\r\n",
  "Host: a\r\nHost: b\r\n",
  "Host:\r\n",
  "Host: \r\n",
  "Host: a b\r\n",
  "Host: a,b\r\n",
  "Host: a/b\r\n",
  "Host: u@a\r\n",
  "Host: a:\r\n",
  "Host: a:x\r\n",
  "Host: a:99999\r\n",
  "Host: [::1]\r\n",
  "Host: [::1\r\n",
  "Host: \xe9\r\n",
  "Host : a\r\n",
  "Host: b\r\n",
  " Host: a\r\n",
  "\tHost: a\r\n",
  "Host\r\n",
  "Host: a\r\n b\r\n",
  "Hos\0t: a\r\n",
];
const STATUSES = ["200", "200", "200", "200", "404", "500", "204", "304", "100", "103", "301"];
const ODD_STATUSES = [
  "101",
  "099",
  "000",
  "20",
  "2000",
  "2 0",
  "+20",
  "600",
  "999",
  "102",
  "205",
  "",
  "2x0",
  "1xx",
  "200\0",
];
const REASONS = [" OK", " OK", " ", "", " Not Found", " \x80\xff"];
const ODD_REASONS = [" a\tb", " \x01", " \x7f", "\tOK", "  OK", " OK ", "OK", " \0", " a\rb"];
const CONTENTS = ["", "a", "hello", "0123456789abcdef0123456789", "a\r\nb\r\n\r\n"];
const ODD_CONTENTS = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "HTTP/1.1 200 OK\r\n\r\n",
  "0\r\n\r\n",
  "\0\xff",
  "5\r\nhello\r\n0\r\n\r\n",
];
const ODD_LENGTHS = [
  "",
  "0",
  "5",
  "6",
  "+5",
  "-5",
  "5,5",
  "5, 5",
  "5,6",
  "05",
  "0x5",
  "5 5",
  "5\t",
  "5;",
  "5.0",
  "1e1",
  "٥",
  "5a",
  "00000000000000000005",
  "123456789012",
  "9007199254740992",
  "18446744073709551615",
  "18446744073709551616",
  "18446744073709551621",
  "99999999999999999999999",
  ",5",
  "5,",
  '"5"',
].map((text) => text.replace("٥", "\xd9\xa5"));
const ODD_CODINGS = [
  "Chunked",
  "CHUNKED",
  "",
  "identity",
  "gzip",
  "gzip, chunked",
  "chunked, gzip",
  "chunked, chunked",
  "identity, chunked",
  "chunked, identity",
  "chunked,",
  ",chunked",
  ", chunked",
  "chunked;a=b",
  "chunked ; a",
  "xchunked",
  "chunkedx",
  "chunked\0",
  '"chunked"',
  "chunked\t",
  "chunk",
  "chunke d",
  "x, chunked",
  "trailers",
  "chunked\x0b",
  "\xa0chunked",
  "gzip\r\n chunked",
  "chunked\r\n ",
];
const CONNECTIONS = [
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Connection: Upgrade\r\nUpgrade: x\r\n",
];
const ODD_CONNECTIONS = [
  "Connection: Close\r\n",
  "Connection: close, keep-alive\r\n",
  "Connection: keep-alive, close\r\n",
  "Connection: keep-alive\r\nConnection: close\r\n",
  "Connection: upgrade\r\n",
  "Upgrade: x\r\n",
  "Connection: close, upgrade\r\nUpgrade: h2c\r\n",
  "Connection: closed\r\n",
  "Connection: \r\n",
  "Connection: ,close\r\n",
  "Connection: close,\r\n",
  "Connection: clo\tse\r\n",
  'Connection: "close"\r\n',
  "Proxy-Connection: close\r\n",
  "Connection: content-length\r\n",
  "Connection: keep-alive;a\r\n",
  "Connection: close \t\r\n",
  "Connection: xclose\r\n",
  "Connection: close x\r\n",
];
const NAMES = ["X-A", "Accept", "User-Agent", "cookie", "x", "Expect", "Date", "!#$%&'*+-.^_`|~"];
const ODD_NAMES = [
  "",
  "X A",
  "X\t",
  "X ",
  "\xe9",
  "X\0",
  "X(",
  "Content-Length ",
  " X",
  "\tX",
  "X\x7f",
  "Content_Length",
  "Transfer-Encoding\t",
  "Content-Length\0",
  "X\r",
];
const VALUES = ["1", "a b", "*/*", "", "a\tb", "\x80\xff", '"q", w;x=y', "100-continue"];
const ODD_VALUES = [
  "a\0b",
  "a\x01b",
  "a\x7fb",
  "a\rb",
  "a\nb",
  "a\r\n b",
  "a\r\n\tb",
  "\x1b[0m",
  "a\x0bb",
  "a\x0cb",
  "a\x1fb",
  "\x08",
  "a\r\nb",
  "\x0b",
  "\x1c",
  "\x85",
  "\xa0x\xa0",
];
const CHUNK_EXTS = [";a", ";a=b", ';a="b c"', ";a;b=c"];
const ODD_CHUNK_EXTS = [
  ";",
  ";=",
  ";a=",
  ';a="',
  ';a="\\""',
  ';a="\\"',
  " ;a",
  "\t;a",
  "; a",
  ";a =b",
  ";a= b",
  ";a b",
  ";;",
  ";a;",
  " ",
  "\t",
  ";a\n",
  ";a\rb",
  ";\0",
  ";a=\x01",
  ';a="\x01"',
  ';a="\x80"',
  ";\x80",
  ';a="b"c',
  "a",
  ",a",
  ';"a"',
  ';a="\t"',
  ";a\n5",
  ';a="b\r\n"',
];
const TRAILERS = ["X-T: 1\r\n", "X-T: 1\r\nX-U:\r\n", "Digest: x\r\n"];
const ODD_TRAILERS = [
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Host: b\r\n",
  "X\r\n",
  "X : 1\r\n",
  " X: 1\r\n",
  "X: 1\r\n y\r\n",
  ": x\r\n",
  "X: \0\r\n",
  "X: 1\n",
  "Connection: close\r\n",
  "X: a\x01\r\n",
  "Set-Cookie: a\r\n",
  "Trailer: x\r\n",
  "GET / HTTP/1.1\r\n",
  "Upgrade: x\r\n",
];

/** Text that a mutation inserts somewhere. */
export const TOKENS: readonly string[] = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "\t",
  ":",
  ",",
  ";",
  "=",
  '"',
  "0",
  "\x7f",
  "\x80",
  "\xa0",
  "\x0b",
  "\x01",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding",
  "Content-Length",
  "chunked",
  "Host: a\r\n",
  "HTTP/1.1",
  "GET / HTTP/1.1\r\n",
  "0\r\n\r\n",
  "5\r\nhello\r\n",
  "Connection: close\r\n",
];
