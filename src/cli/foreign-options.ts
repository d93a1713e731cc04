/** A program whose options a command takes, as far as we have them. */
export interface Peer {
  readonly name: string;
  /** Long and short name; "" where there is none. */
  readonly options: readonly (readonly [long: string, short: string])[];
  /** What we have in place of some, by long name. */
  readonly instead: Readonly<Record<string, string>>;
}

/** Of ncat 7.93 and 7.99: `ncat --help`. */
export const NCAT: Peer = {
  name: "ncat",
  options: namesIn(`
    unixsock:U vsock crlf:C sh-exec:c exec:e lua-exec :4 :6 :g :G :q max-conns:m help:h delay:d output:o hex-dump:x
    idle-timeout:i source-port:p source:s listen:l keep-open:k nodns:n telnet:t udp:u sctp verbose:v wait:w :z append-output send-only
    recv-only no-shutdown allow allowfile deny denyfile broker chat proxy proxy-type proxy-auth proxy-dns ssl ssl-cert
    ssl-key ssl-verify ssl-trustfile ssl-ciphers ssl-servername ssl-alpn version
  `),
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
      const [, long = "", short = ""] = /^([^:]*):?(.*)$/.exec(entry) ?? [];
      return [long, short] as const;
    });
}
