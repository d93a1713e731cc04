import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { answer, chunked, each, head, ok, to, topic, untilClose } from "../case.ts";

const GZIP = gzipSync("hello gzip\n").toString("latin1");
const BROTLI = brotliCompressSync("hello br\n").toString("latin1");
const DEFLATE = deflateSync("hello deflate\n").toString("latin1");

const BASIC = answer("401 Unauthorized", "who?\n", 'WWW-Authenticate: Basic realm="r"');
const DIGEST = answer(
  "401 Unauthorized",
  "who?\n",
  'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"',
);
const PROXY_DIGEST = answer(
  "407 Proxy Authentication Required",
  "who?\n",
  'Proxy-Authenticate: Digest realm="p", nonce="n", qop="auth"',
);

const EXPECTATION_FAILED = { bytes: answer("417 Expectation Failed", "no"), early: true };

const FOLLOWS = "-w '%{num_redirects} %{redirect_url} %{referer}'";
const LONG = "n".repeat(256);
/** GSSAPI is offered by a curl that was built with Kerberos. */
const METHODS = /^\x05(?:\x01\x00|\x02\x00[\x01\x02])/;
const VERIFIED = "-s -w '%{num_certs} %{ssl_verify_result} %{proxy_ssl_verify_result} %{exitcode}'";
const NOT_OVER =
  "a certificate that is not trusted ends the connection before the handshake is over: exit 60 both";

/** Options of several topics in one line, as scripts have them, against answers of every kind. */
export const COMBINED = topic("combined", "Options of several topics together", [
  // What a coded content holds is printed before the octets behind its end are an error.
  { line: "--compressed URL", what: "gzip, and more", answers: ok(`${GZIP}junk`, "Content-Encoding: gzip") },
  {
    line: "--compressed -o out URL",
    what: "gzip, and zeros",
    answers: ok(`${GZIP}\0\0`, "Content-Encoding: gzip"),
  },
  {
    line: "--compressed URL",
    what: "gzip, and a chunk",
    answers: chunked([GZIP, "x"], ["Content-Encoding: gzip"]),
  },
  {
    line: "--compressed URL",
    what: "gzip, until close",
    answers: untilClose(`${GZIP}x`, "Content-Encoding: gzip"),
  },
  { line: "--compressed URL", what: "br, and more", answers: ok(`${BROTLI}junk`, "Content-Encoding: br") },
  {
    line: "--compressed URL",
    what: "deflate, and more",
    answers: ok(`${DEFLATE}junk`, "Content-Encoding: deflate"),
  },
  {
    line: "--compressed URL",
    what: "two members",
    answers: ok(GZIP + GZIP, "Content-Encoding: gzip"),
    differs: "gzip may have several members (RFC 1952 §2.2): curl prints the first one, exit 23",
  },
  // What proxies are told.
  ...each([`-x socks4a://HOST http://${LONG}.test/`, `-x socks4://${LONG}:x@HOST http://127.0.0.1/`], {}),
  {
    line: "-x socks5h://HOST http://a.test/",
    what: "a method that was not offered",
    first: [
      [/^\x05[\s\S]{2,4}?(?=$)/, "\x05\x02"],
      [/^\x01\0\0$/, "\x01\x01"],
    ],
    hide: METHODS,
  },
  // A request that answers a challenge counts as a redirect.
  ...each(
    [
      `--digest -u a:b -e ';auto' ${FOLLOWS} URL/p`,
      `--digest -u a:b -L -e 'x;auto' ${FOLLOWS} -d a URL/p`,
      "--digest -u a:b -L --max-redirs 0 URL/p",
      "--digest -u a:b --max-redirs 0 -i URL/p",
    ],
    { answers: [DIGEST, ok()] },
  ),
  { line: `--digest -u a:b -e 'x;auto' ${FOLLOWS} -d a URL/p`, what: "no challenge" },
  { line: `--anyauth -u a:b -L -e ';auto' ${FOLLOWS} URL/p`, answers: [BASIC, ok()] },
  {
    line: `--digest -u a:b -L --max-redirs 1 ${FOLLOWS} URL/p`,
    answers: [DIGEST, to("/x"), ok()],
  },
  { line: `--digest -u a:b -L -e ';auto' ${FOLLOWS} URL/p`, answers: [to("/q"), DIGEST, ok()] },
  ...each(
    [
      `-x HOST2 --proxy-digest -U a:b -e ';auto' -L ${FOLLOWS} URL/p`,
      "-x HOST2 --proxy-digest -U a:b -T - URL/p",
      "-x HOST2 --proxy-digest -U a:b -F a=b URL/p",
    ],
    { answers2: [PROXY_DIGEST, ok()], stdin: "from stdin\n", files: { up: "up\n" } },
  ),
  {
    line: "-x HOST2 --proxy-digest -U a:b --digest -u c:d -T up -H 'Expect: 100-continue' URL/p",
    answers2: [PROXY_DIGEST, DIGEST, ok()],
    files: { up: "up\n" },
  },
  // A redirect's content goes nowhere, and neither does an empty Location.
  { line: "--raw -L URL/a URL/b", answers: [to("/up"), ok("up\n")] },
  {
    line: "--raw -L -i URL/a",
    answers: [chunked(["moved"], ["Location: /b"]).replace("200 OK", "302 Found"), chunked(["up\n"])],
  },
  { line: "--raw -x HOST2 --proxy-digest -U a:b URL/p", answers2: [PROXY_DIGEST, ok("up\n")] },
  ...each(["-w '%{redirect_url}|%{num_redirects}' -L URL", "-w '%{redirect_url}|' URL"], {
    answers: [to(""), ok()],
  }),
  // The content of a small upload leaves with its head.
  ...each(["-T up URL/p", "-T '{up,up2}' --next URL/n", "-T up -u a:b -w '%{http_code}' URL/p"], {
    files: { up: "up\n", up2: "and\n" },
    answers: { bytes: answer("403 Forbidden", "no\n"), early: true },
  }),
  // What -w knows of a transfer that was skipped, or failed before its request.
  {
    line: "--skip-existing -o have -w '%{url_effective} %{urle.path} %{method} %{http_code}' URL/x#f",
    files: { have: "x" },
  },
  "-w '%{url_effective}|%{redirect_url}\\n' -C - --json '{}' 'URL/f[1-2].txt' --next -d z URL/n",
  // The addresses of a list take what -o gives, in turn.
  ...each(
    ["--url @list -o 'l#1'", "-o x --url @list", "--url @list -o x URL/z", "-O URL/z --url @list -o x -o y"],
    {
      files: { list: "URL/l1\nURL/l2\n" },
    },
  ),
  // 417: curl asks again where the connection is kept, and takes that for a redirect.
  {
    line: "-T - URL/f -w '%{num_redirects}'",
    answers: [EXPECTATION_FAILED, ok()],
    stdin: "from stdin\n",
    differs: "a connection on which a content was promised and not sent is not used again",
  },
  { line: "-T - --max-redirs 0 URL/f", answers: [EXPECTATION_FAILED, ok()], stdin: "from stdin\n" },
  ...each(["-T - URL/f -w '%{num_redirects}'", "-d x -H 'Expect: 100-continue' URL/f"], {
    what: "417, and close",
    answers: [
      { bytes: answer("417 Expectation Failed", "no", "Connection: close"), early: true, end: "close" },
      ok(),
    ],
    stdin: "from stdin\n",
  }),
  // What curl warns of.
  ...each(
    [
      "-O URL/",
      "-s -O URL/",
      "-o a -o b URL/",
      "-O -O URL/a",
      "-r 5 URL",
      "-r a URL",
      "--etag-compare none URL",
      "-H X URL",
      "-s -H 'X y' URL",
      "-H 'X;' URL",
      "--proxy-header x URL",
      "--fail --fail-with-body URL",
      "--http1.1 -0 URL",
      "--sslv3 URL",
      "--anyauth -u a:b -T - URL/x",
    ],
    { stderr: "warnings" },
  ),
  // The certificates that were refused.
  ...each([`${VERIFIED} TLS/`, `${VERIFIED} -x TLS http://a.test/`], { differs: NOT_OVER }),
  `${VERIFIED} -k TLS/`,
  {
    line: `${VERIFIED} --cacert ca.pem --connect-to ::localhost:PORT https://other.test/`,
    differs: NOT_OVER,
  },
  `${VERIFIED} --cacert ca.pem --pinnedpubkey sha256//AAAA TLS/`,
  // Everything at once.
  {
    line: "-w '%header{x-a}|%{num_headers}' -L -b jar -c jar -D heads -o out URL/a",
    answers: [to("/b", "303 See Other", "Set-Cookie: s=1", "X-A: 1"), chunked(["in\n"], [], "X-A: 2\r\n")],
  },
  {
    line: "-T up --digest -u a:b -L -D - URL/up",
    files: { up: "up\n" },
    answers: [DIGEST, to("/moved", "307 Temporary Redirect"), head("204 No Content")],
  },
  {
    line: "--compressed -O -J -R --etag-save tag --create-dirs --output-dir dir URL/a",
    answers: ok(
      GZIP,
      "Content-Encoding: gzip",
      'ETag: "1"',
      "Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT",
      "Content-Disposition: attachment; filename=b",
    ),
    stat: true,
  },
]);
