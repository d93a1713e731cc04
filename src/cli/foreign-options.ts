/** A program whose options a command takes, as far as we have them. */
export interface Peer {
  readonly name: string;
  /** Long and short name; "" where there is none. */
  readonly options: readonly (readonly [long: string, short: string])[];
  /** `--no-NAME` turns a switch off. */
  readonly switches: boolean;
  /** What we have in place of some, by long name. */
  readonly instead: Readonly<Record<string, string>>;
}

/** Of curl 7.88 and 8.23: `curl --help all`. */
export const CURL: Peer = {
  name: "curl",
  options: namesIn(`
    abstract-unix-socket alt-svc anyauth append:a aws-sigv4 basic ca-native cacert capath cert:E cert-status
    cert-type ciphers compressed compressed-ssh config:K connect-timeout connect-to continue-at:C cookie:b
    cookie-jar:c create-dirs create-file-mode crlf crlfile curves data:d data-ascii data-binary data-raw
    data-urlencode delegation digest disable:q disable-eprt disable-epsv disallow-username-in-url dns-interface
    dns-ipv4-addr dns-ipv6-addr dns-servers doh-cert-status doh-insecure doh-url dump-ca-embed dump-header:D ech
    egd-file engine etag-compare etag-save expect100-timeout fail:f fail-early fail-with-body false-start follow
    form:F form-escape form-string ftp-account ftp-alternative-to-user ftp-create-dirs ftp-method ftp-pasv
    ftp-port:P ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode ftp-ssl-control get:G globoff:g
    happy-eyeballs-timeout-ms haproxy-clientip haproxy-protocol head:I header:H help:h hostpubmd5 hostpubsha256
    hsts http0.9 http1.0:0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include:i
    insecure:k interface ip-tos ipfs-gateway ipv4:4 ipv6:6 json junk-session-cookies:j keepalive-cnt
    keepalive-time key key-type knownhosts krb libcurl limit-rate list-only:l local-port location:L
    location-trusted login-options mail-auth mail-from mail-rcpt mail-rcpt-allowfails manual:M max-filesize
    max-redirs max-time:m metalink mptcp negotiate netrc:n netrc-file netrc-optional next:: no-alpn no-buffer:N
    no-clobber no-keepalive no-npn no-progress-meter no-sessionid noproxy ntlm ntlm-wb oauth2-bearer out-null
    output:o output-dir parallel:Z parallel-immediate parallel-max parallel-max-host pass path-as-is pinnedpubkey
    post301 post302 post303 preproxy progress-bar:# proto proto-default proto-redir proxy:x proxy-anyauth
    proxy-basic proxy-ca-native proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile
    proxy-digest proxy-header proxy-http2 proxy-http3 proxy-insecure proxy-key proxy-key-type proxy-negotiate
    proxy-ntlm proxy-pass proxy-pinnedpubkey proxy-service-name proxy-ssl-allow-beast proxy-ssl-auto-client-cert
    proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-tlsv1 proxy-user:U proxy1.0
    proxytunnel:p pubkey quote:Q random-file range:r rate raw referer:e remote-header-name:J remote-name:O
    remote-name-all remote-time:R remove-on-error request:X request-target resolve retry retry-all-errors
    retry-connrefused retry-delay retry-max-time sasl-authzid sasl-ir service-name show-error:S
    sigalgs silent:s skip-existing socks4 socks4a socks5 socks5-basic socks5-gssapi socks5-gssapi-nec
    socks5-gssapi-service socks5-hostname speed-limit:Y speed-time:y ssl ssl-allow-beast ssl-auto-client-cert
    ssl-no-revoke ssl-reqd ssl-revoke-best-effort ssl-sessions sslv2:2 sslv3:3 stderr styled-output
    suppress-connect-headers tcp-fastopen tcp-nodelay telnet-option:t tftp-blksize tftp-no-options time-cond:z
    tls-earlydata tls-max tls13-ciphers tlsauthtype tlspassword tlsuser tlsv1:1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3
    tr-encoding trace trace-ascii trace-config trace-ids trace-time unix-socket upload-file:T upload-flags url
    url-query use-ascii:B user:u user-agent:A variable verbose:v version:V vlan-priority write-out:w xattr
  `),
  switches: true,
  instead: {
    version: "wirepane --version tells ours",
    "trace-ascii": "--timeline and --explain show what happens",
  },
};

/** Of ncat 7.93 and 7.99: `ncat --help`. */
export const NCAT: Peer = {
  name: "ncat",
  options: namesIn(`
    unixsock:U vsock crlf:C sh-exec:c exec:e lua-exec :4 :6 :g :G :q max-conns:m help:h delay:d output:o hex-dump:x
    idle-timeout:i source-port:p source:s listen:l keep-open:k nodns:n telnet:t udp:u sctp verbose:v wait:w :z append-output send-only
    recv-only no-shutdown allow allowfile deny denyfile broker chat proxy proxy-type proxy-auth proxy-dns ssl ssl-cert
    ssl-key ssl-verify ssl-trustfile ssl-ciphers ssl-servername ssl-alpn version
  `),
  switches: false,
  instead: {
    unixsock: "--unix PATH takes a Unix socket",
    listen: "wirepane listen is the server",
    "keep-open": "wirepane listen --echo and --handler serve one client after the other",
    verbose: "--timeline shows what happens",
    output: "--record FILE keeps what happens",
    "hex-dump": "--explain shows every byte",
    "ssl-verify": "wirepane connect --tls verifies the certificate",
    "ssl-trustfile": "wirepane connect --cacert FILE does it",
    version: "wirepane --version tells ours",
  },
};

/** `long:short`, between spaces. */
function namesIn(table: string): (readonly [string, string])[] {
  return table
    .trim()
    .split(/\s+/)
    .map((entry) => {
      // curl's --next has the colon as its letter.
      const [, long = "", short = ""] = /^([^:]*):?(.*)$/.exec(entry) ?? [];
      return [long, short] as const;
    });
}
