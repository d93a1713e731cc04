import { answer, each, head, ok, topic } from "../case.ts";

const TRACE = {
  piece: 5_000,
  // What curl tells beside octets is not ours to repeat.
  hide: /^(?:out: )?(?:[\d:.]+ )?(?:\[\S+\] )?\* .*\n/m,
};

export const VERBOSE = topic("verbose", "-v, --trace", [
  ...each(
    [
      "-v URL",
      "-v -d x URL",
      "-v -s -o out URL",
      "-v -k TLS",
      "-vL URL",
      "-v -I URL",
      "-vv URL",
      "-vvv URL",
      "-vvvv URL",
      "-s --verbose URL/a URL/b",
      "--no-verbose URL",
      "-v --no-verbose URL",
      "-v -H 'X: \xe4' URL",
      "-v -x HOST http://example.test/",
      "-s -p -v -x HOST http://example.test/",
    ],
    { stderr: "heads" },
  ),
  { line: "-sv --stderr - URL", hide: /^(?![<>]).*\n/m },
  { line: "-v -u me:secret URL", stderr: "heads", differs: "-v masks secrets, unless --reveal is given" },
  {
    line: "-v URL",
    stderr: "heads",
    answers: ok("x", "Escape: \x1b[31m"),
    differs: "-v escapes control characters, which might rule the terminal",
  },
  { line: "-v URL", stderr: "heads", answers: ok("x", "Blanks:  x  ") },
  { line: "-v URL", stderr: "heads", answers: head("103 Early Hints") + ok() },
  {
    line: "-s -v -A x URL",
    stderr: "heads",
    answers: `${head("200 OK", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\nT: v\r\n\r\n`,
  },
  {
    ...TRACE,
    line: "-s -A x --trace-ascii out URL",
    answers: `${head("200 OK", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\nT: v\r\n\r\n`,
  },
  ...each(
    [
      "-s -A x --trace-ascii out URL",
      "-s -A x --trace out URL",
      "-s -A x --trace-ascii - URL",
      "-s -A x --trace-ascii out -d data URL",
      "-s -A x --trace no/such/out URL",
      "-s -A x --trace-ascii out -v URL",
      "-s -A x --trace % URL",
    ],
    TRACE,
  ),
  {
    ...TRACE,
    line: "-s -A x --trace-ascii out -f URL",
    answers: answer("404 Not Found", "no\n"),
    // curl tells its error in front of the last line of the head.
    hide: /^(?:(?:out: )?\* .*\n|<= Recv header, 2 bytes.*\n0000: \n)+/m,
  },
  ...each(
    [
      "-s -A x --trace-ascii out -p -x HOST http://a.test/",
      "-s -A x --trace-ascii out -p -x HOST http://a.test/a http://a.test/b",
    ],
    // How many lines curl tells of the tunnel is not ours to repeat, either.
    { ...TRACE, hide: /(?:^(?:out: )?\* .*\n)+/m },
  ),
  ...each(
    [
      "-s -A x --trace-time --trace-ascii out URL",
      "-s -A x --trace-ids --trace-ascii out URL",
      "-s -A x --trace-config ids,time --trace-ascii out URL",
    ],
    { ...TRACE, hide: /^(?:out: )?(?:[\d:.]+ )?(?:\[\S+\] )?\* .*\n|\d\d:\d\d:\d\d\.\d{6}/m },
  ),
  "--trace-config nonsense URL",
  "--trace-config -all URL",
  "--trace-config all -s URL",
  "-# URL",
  "-# -o out URL",
  "--progress-bar -s URL",
  "--styled-output -i URL",
  "--no-styled-output -i URL",
]);

/** Switches: both forms must be taken, whether or not they mean something here. */
const SWITCHES =
  `append alpn anyauth basic buffer ca-native cert-status clobber compressed compressed-ssh create-dirs crlf
  digest disable disable-eprt disable-epsv disallow-username-in-url doh-cert-status doh-insecure eprt epsv fail fail-early
  fail-with-body false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc
  ftp-ssl-control get globoff http0.9 ignore-content-length include insecure junk-session-cookies
  keepalive list-only location location-trusted mail-rcpt-allowfails mptcp netrc netrc-optional npn out-null parallel
  parallel-immediate path-as-is post301 post302 post303 progress-bar progress-meter proxy-anyauth proxy-basic
  proxy-ca-native proxy-digest proxy-insecure proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxytunnel raw
  remote-header-name remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused sasl-ir sessionid
  show-error show-headers silent skip-existing socks5-basic socks5-gssapi-nec ssl ssl-allow-beast ssl-auto-client-cert
  ftp-ssl ssl-no-revoke ssl-reqd ssl-revoke-best-effort styled-output suppress-connect-headers tcp-fastopen tcp-nodelay
  tftp-no-options tls-earlydata tr-encoding trace-ids trace-time use-ascii verbose xattr`.split(/\s+/);

/** Of other protocols, or of no consequence for HTTP: curl takes them beside an http URL. */
const WITHOUT_EFFECT =
  `--delegation none|--dns-interface lo|--dns-ipv4-addr 127.0.0.1|--dns-ipv6-addr ::1|--egd-file x
  --ftp-account a|--ftp-alternative-to-user a|--ftp-method multicwd|--ftp-port -|-P -|--ftp-ssl-ccc-mode active
  --hostpubmd5 00112233445566778899aabbccddeeff|--hostpubsha256 x|--ipfs-gateway http://127.0.0.1|--krb private
  --knownhosts x|--login-options AUTH=PLAIN|--mail-auth a|--mail-from a|--mail-rcpt a|--pubkey x|--quote x|-Q x
  --random-file x|--sasl-authzid a|--service-name a|--proxy-service-name a|--socks5-gssapi-service a
  --telnet-option a=b|-t a=b|--tftp-blksize 512|--tlsauthtype SRP|--tlsuser a|--tlspassword a|--upload-flags seen
  --proxy-tlsauthtype SRP|--proxy-tlsuser a|--proxy-tlspassword a|--proxy-tls13-ciphers TLS_AES_128_GCM_SHA256
  --proxy-ciphers AES128-SHA|--proxy-capath .|--proxy-cert-type PEM|--proxy-key x|--proxy-key-type PEM
  --proxy-pass x|--proxy-crlfile x|--proxy-pinnedpubkey x|--proxy-tlsv1|--proxy-cert x|--proxy-header X:y|-a|-B|-l
  --metalink|--ntlm-wb|--pass x|--key x|--cert x|--ciphers x|--crlfile x|--curves x|--pinnedpubkey x`
    .split(/\||\n\s*/)
    .map((option) => `${option} URL`);

export const EVERY_OPTION = topic(
  "every-option",
  "Every other option, and every --no-…",
  [
    ...SWITCHES.flatMap((name) => [`--${name} -m 2 URL/a`, `--no-${name} -m 2 URL/a`]),
    ...WITHOUT_EFFECT,
    "--cookie-jar jar --junk-session-cookies --user-agent x --header X:y --time-cond 20200101 --continue-at 3 URL",
    "--remote-name --remote-header-name --remote-time URL/name",
    "--proxytunnel --proxy HOST http://example.test/",
    "--config config",
    { line: "-V -s --nonsense", differs: "the version is ours" },
    "--sslv2 -k TLS",
    "--sslv3 -k TLS",
    "-2 URL",
    "-3 URL",
    { line: "--alt-svc cache URL", differs: "alternative services are not kept, so no file is written" },
    "--hsts cache URL",
    "--hsts cache -k TLS",
    { line: "--hsts cache http://localhost:PORT/", files: { cache: 'localhost "20990101 00:00:00"\n' } },
    { line: "--libcurl code.c URL", refused: "it writes a C program" },
    { line: "--http2 -k TLS", refused: "HTTP/2" },
    { line: "--http2-prior-knowledge URL", refused: "HTTP/2" },
    { line: "--http3 -k TLS", refused: "HTTP/3" },
    { line: "--http3-only -k TLS", refused: "HTTP/3" },
    { line: "--proxy-http3 -x https://localhost:PORT URL", refused: "HTTP/3" },
    {
      line: "--ssl-sessions file -k TLS",
      refused: "Node does not give TLS sessions away as curl stores them",
    },
    { line: "--manual", differs: "the manual is ours", hide: /$^/ },
    { line: "--version", differs: "the version is ours" },
    { line: "--help", differs: "the help is ours" },
    { line: "--help all", differs: "the help is ours" },
    "--dump-ca-embed",
  ],
  { files: { config: "url = URL\n" } },
);
