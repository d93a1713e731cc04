import { answer, chunked, each, head, ok, to, topic } from "../case.ts";

/** SOCKS5 without a password: the methods and the request in any form. */
const SOCKS5 = [
  [/^\x05[\s\S]{2,4}?(?=$)/, "\x05\x00"],
  [
    /^\x05\x01\x00(?:\x01[\s\S]{6}|\x03([\s\S])[\s\S]+|\x04[\s\S]{18})$/,
    "\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90",
  ],
] as const;
const SOCKS5_PASSWORD = [
  [/^\x05[\s\S]{2,4}?(?=$)/, "\x05\x02"],
  [/^\x01[\s\S]+$/, "\x01\x00"],
  SOCKS5[1],
] as const;
const SOCKS4 = [[/^\x04\x01[\s\S]{6}[^\0]*\0(?:[^\0]+\0)?$/, "\x00\x5a\x00\x00\x00\x00\x00\x00"]] as const;
/** The methods that curl offers hold GSSAPI where it was built with Kerberos. */
const METHODS = /^\x05(?:\x01\x00|\x02\x00[\x01\x02]|\x03\x00\x01\x02)/;

/** In the line of the PROXY protocol. */
const SOURCE_PORT = /(?<=PROXY TCP. \S+ \S+ )\d+/;

const DENIED = answer("407 Proxy Authentication Required", "who?\n", 'Proxy-Authenticate: Basic realm="p"');
const DIGEST = answer(
  "407 Proxy Authentication Required",
  "",
  'Proxy-Authenticate: Digest realm="p", nonce="abc", qop="auth", algorithm=MD5',
);

export const PROXIES = topic(
  "proxies",
  "Proxies",
  [
    "-x HOST http://example.test/a",
    "--proxy http://HOST http://example.test/a?b=c",
    "-x HOST http://example.test:8080/",
    "-x HOST http://example.test",
    "-x HOST http://user:pw@example.test/",
    "-x http://me:secret@HOST http://example.test/",
    "-x HOST -U me:secret http://example.test/",
    "-x http://a:b@HOST -U me:secret http://example.test/",
    "-x http://a%40b:c%3Ad@HOST http://example.test/",
    "-x HOST --proxy-user me: http://example.test/",
    "-x HOST -u u:p -U me:secret http://example.test/",
    "-x HOST -d a=1 http://example.test/form",
    "-x HOST -I http://example.test/",
    "-x HOST -T up http://example.test/dir/",
    "-x HOST --proxy-header 'X-Proxy: 1' -H 'X-Both: 2' http://example.test/",
    "-x HOST -H 'Proxy-Connection:' http://example.test/",
    "-x HOST -H 'Host: other.test' http://example.test/",
    "-x HOST -0 http://example.test/",
    "-x HOST http://[::1]:81/",
    "-x HOST http://example.test/a/../b#frag",
    "-x HOST --request-target /odd http://example.test/",
    "-x HOST http://one.test/ http://two.test/",
    "-x HOST http://example.test/ --next URL/direct",
    "--proxy1.0 HOST http://example.test/",
    "-p --proxy1.0 HOST http://example.test/",
    "-x HOST --proxy-digest -U me:secret http://example.test/",
    "-x HOST --proxy-basic -U me:secret http://example.test/",
    "-x HOST --proxy-anyauth -U me:secret http://example.test/",
    { line: "-x HOST -i http://example.test/", answers: DENIED },
    { line: "-x HOST -f http://example.test/", answers: DENIED },
    { line: "-x HOST --proxy-anyauth -U me:secret http://example.test/", answers: [DENIED, ok()] },
    { line: "-x HOST --proxy-digest -U me:secret http://example.test/a", answers: [DIGEST, ok()] },
    { line: "-x HOST --proxy-digest -U me:secret -d x=1 http://example.test/a", answers: [DIGEST, ok()] },
    { line: "-x HOST -L http://example.test/a", answers: [to("http://other.test/b"), ok("there\n")] },
    { line: "-x HOST -U me:s -u u:p -L http://example.test/", answers: [to("http://other.test/"), ok()] },
    { line: "-x HOST --noproxy other.test -L http://one.test/", answers: [to("http://127.0.0.2:1/"), ok()] },

    "-p -x HOST http://example.test/a",
    "-x HOST -k https://example.test/a",
    "-x HOST --cacert ca.pem https://localhost:PORT/a",
    "-p -x HOST -U me:secret -k https://example.test/",
    "-p -x HOST --proxy-header 'X-Proxy: 1' -H 'X-Origin: 2' http://example.test/",
    "-p -x HOST -A agent/1 http://example.test/",
    "-p -x HOST -i http://example.test/",
    "-p -x HOST -i --suppress-connect-headers http://example.test/",
    "-p -x HOST -D heads http://example.test/",
    "-p -x HOST --suppress-connect-headers -D heads http://example.test/",
    "-p -x HOST -w '%{http_connect} %{http_code} %{num_connects} %{proxy_used}' http://example.test/",
    "-x HOST -w '%{http_connect} %{http_code} %{proxy_used}' http://example.test/",
    "-p -x HOST http://example.test/a http://example.test/b",
    "-p -x HOST http://one.test/ http://two.test/",
    "-p -x HOST http://[::1]:81/",
    "-p -x HOST -H 'Host: other.test' http://example.test/",
    "-p -x HOST --proxy-header 'Host: other.test' http://example.test/",
    "-p -x HOST --proxy-header 'User-Agent:' --proxy-header 'Proxy-Connection:' http://example.test/",
    { line: "-p -x HOST -i http://example.test/", connect: DENIED },
    { line: "-p -x HOST -f http://example.test/", connect: answer("403 Forbidden", "no\n") },
    {
      line: "-p -x HOST http://example.test/",
      connect: head("100 Continue") + head("200 OK"),
      differs: "a final answer may follow an interim one (RFC 9110 §15.2): curl gives up",
    },
    {
      line: "-p -x HOST -i http://example.test/",
      connect: chunked(["ignored"]),
      differs:
        "octets that come before the request are no answer to it: exit 56, where curl takes them for HTTP/0.9",
    },
    { line: "-p -x HOST -i http://example.test/", connect: head("200 OK", "Content-Length: 5") },
    { line: "-p -x HOST http://example.test/", connect: { bytes: "", end: "close" } },
    { line: "-p -x HOST http://example.test/", connect: { bytes: "junk\r\n\r\n", end: "close" } },
    {
      line: "-p -x HOST --proxy-digest -U me:secret http://example.test/a",
      connect: [DIGEST, head("200 OK")],
    },
    {
      line: "-p -x HOST --proxy-anyauth -U me:secret http://example.test/a",
      connect: [DIGEST, head("200 OK")],
    },
    {
      line: "-p -x HOST --proxy-anyauth -U me:secret -k https://example.test/a",
      connect: [{ bytes: DENIED.replace("407", "407"), end: "close" }, head("200 OK")],
    },

    "-x https://localhost:PORT --proxy-insecure http://example.test/a",
    "-x https://localhost:PORT --proxy-cacert ca.pem http://example.test/a",
    {
      line: "-x https://localhost:PORT http://example.test/a",
      differs:
        "a certificate that is not trusted ends the connection before the handshake is over: exit 60 both",
    },
    "-x https://localhost:PORT --proxy-cacert ca.pem -k https://example.test/a",
    "-p -x https://localhost:PORT --proxy-insecure -U me:secret http://example.test/a",
    "-x https://localhost:PORT --proxy-insecure --proxy-cert both.pem http://example.test/",

    ...each(
      [
        "--socks5 HOST http://127.0.0.1:81/a",
        "--socks5-hostname HOST http://example.test/a",
        "-x socks5://HOST http://127.0.0.1:81/a",
        "-x socks5h://HOST http://example.test/a",
        "--socks5-hostname HOST -k https://example.test/a",
        "--socks5-hostname HOST http://[::1]:81/a",
        "--socks5 HOST -H 'X: 1' -d y=2 http://127.0.0.1/",
        "--preproxy socks5h://HOST -x http://proxy.test:3128 http://example.test/a",
        "-x socks5h://HOST http://example.test/a http://example.test/b",
        "-x socks5h://HOST -w '%{proxy_used} %{http_code}' http://example.test/a",
      ],
      { first: SOCKS5, hide: METHODS },
    ),
    ...each(
      [
        "--socks5-hostname HOST -U me:secret http://example.test/a",
        "-x socks5h://me:secret@HOST http://example.test/a",
        "--socks5-basic -x socks5h://me:secret@HOST http://example.test/a",
      ],
      { first: SOCKS5_PASSWORD, hide: METHODS },
    ),
    ...each(
      [
        "--socks4 HOST http://127.0.0.1:81/a",
        "--socks4a HOST http://example.test/a",
        "-x socks4a://HOST http://example.test/a",
        "-x socks4a://me@HOST http://example.test/a",
        "-x socks4://HOST -U me:ignored http://127.0.0.1/a",
      ],
      { first: SOCKS4 },
    ),
    {
      line: "--socks5-hostname HOST http://example.test/",
      first: [SOCKS5[0], [SOCKS5[1][0], "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"]],
      hide: METHODS,
    },
    {
      line: "--socks5-hostname HOST http://example.test/",
      first: [[SOCKS5[0][0], "\x05\xff"]],
      hide: METHODS,
    },
    {
      line: "--socks4a HOST http://example.test/",
      first: [[SOCKS4[0][0], "\x00\x5b\x00\x00\x00\x00\x00\x00"]],
    },
    "-x socks5://127.0.0.1:GONE http://127.0.0.1/",

    { line: "--haproxy-protocol URL/a", hide: SOURCE_PORT },
    { line: "--haproxy-clientip 192.0.2.7 URL/a", hide: SOURCE_PORT },
    { line: "--haproxy-clientip 2001:db8::1 URL/a", hide: SOURCE_PORT },
    { line: "--haproxy-protocol -k TLS/a", hide: SOURCE_PORT },

    "-x 127.0.0.1:GONE http://example.test/",
    "-x no-such-proxy.invalid:1 http://example.test/",
    "-x ftp://HOST http://example.test/",
    "-x '' URL/direct",
    "-x HOST --noproxy '*' URL/direct",
    "-x HOST --noproxy 127.0.0.1 URL/direct",
    "-x HOST --noproxy 127.0.0.0/8 URL/direct",
    "-x HOST --noproxy 10.0.0.0/8 URL/proxied",
    "-x HOST --noproxy .test http://a.test/proxied",
    "-x HOST --noproxy '' http://example.test/",

    ...each(
      [
        "http://example.test/",
        "http://EXAMPLE.test/ -x '' --connect-to ::HOST",
        "http://example.test/ --noproxy '*' --connect-to ::HOST",
      ],
      {
        env: { http_proxy: "http://HOST" },
      },
    ),
    { line: "http://example.test/", env: { http_proxy: "HOST" } },
    { line: "http://127.0.0.1:GONE/", env: { HTTP_PROXY: "http://HOST" } },
    { line: "-k https://example.test/", env: { HTTPS_PROXY: "http://HOST" } },
    { line: "-k https://example.test/", env: { https_proxy: "http://me:secret@HOST" } },
    { line: "http://example.test/", env: { ALL_PROXY: "http://HOST" } },
    { line: "http://example.test/", env: { all_proxy: "socks5h://HOST" }, first: SOCKS5, hide: METHODS },
    ...[
      ["127.0.0.1", "URL/direct"],
      ["*", "URL/direct"],
      ["other, 127.0.0.1", "URL/direct"],
      ["127.0.0.1:1", "URL/proxied"],
      ["example.test", "http://www.example.test/ --connect-to ::HOST"],
      [".example.test", "http://www.example.test/ --connect-to ::HOST"],
      ["ample.test", "http://example.test/proxied"],
      ["EXAMPLE.TEST", "http://example.test/ --connect-to ::HOST"],
      ["127.0.0.0/8", "URL/direct"],
      ["::1", "URL6/direct"],
      ["[::1]", "URL6/direct"],
    ].map(([NO_PROXY = "", line = ""]) => ({ line, env: { http_proxy: "http://HOST", NO_PROXY } })),
    { line: "http://example.test/", env: { http_proxy: "http://HOST", no_proxy: "", NO_PROXY: "*" } },

    { line: "--proxy-ntlm -x HOST -U a:b http://example.test/", refused: "NTLM" },
    { line: "--proxy-negotiate -x HOST -U : http://example.test/", refused: "Kerberos" },
    { line: "--socks5-gssapi -x socks5://HOST http://127.0.0.1/", first: SOCKS5, refused: "Kerberos" },
    { line: "--proxy-http2 -k -x https://localhost:PORT https://example.test/", refused: "HTTP/2" },
  ],
  { files: { up: "uploaded\n" } },
);
