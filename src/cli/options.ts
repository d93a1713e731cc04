/**
 * Every command and option, once: the parser, `--help` and "did you mean" read from here.
 */
export interface OptionSpec {
  readonly short?: string;
  /** What its value is called; without it the option is a switch. */
  readonly value?: string;
  /** Other long names of the same option. */
  readonly aliases?: readonly string[];
  readonly help: string;
}

export interface CommandSpec {
  readonly summary: string;
  /** The arguments after the command's name, as help shows them. */
  readonly usage: string;
  readonly maxPositionals: number;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
}

const COMMON = {
  color: { value: "WHEN", aliases: ["colour"], help: "auto, always or never" },
  help: { help: "this text" },
} as const satisfies Record<string, OptionSpec>;

const WATCHING = {
  timeline: { help: "show what happens, in order of time, on stderr" },
  explain: { help: "show every byte of both directions with its rule and RFC section, on stderr" },
  record: { value: "FILE", help: "write all of it to FILE as NDJSON" },
  reveal: { help: "show secrets (masked otherwise)" },
} as const satisfies Record<string, OptionSpec>;

export const COMMANDS = {
  demo: {
    summary: "both ends of an echo and an HTTP exchange, on one timeline (no arguments on a terminal)",
    usage: "",
    maxPositionals: 0,
    options: { ...WATCHING, ...COMMON },
    examples: ["wirepane demo", "wirepane demo --explain"],
  },
  listen: {
    summary: "TCP server: echo, a handler of yours, or a conversation with this terminal",
    usage: "[HOST] PORT",
    maxPositionals: 2,
    options: {
      echo: { help: "send back what each client sends" },
      handler: { value: "FILE", help: "serve with the export `handler(connection)` of this module" },
      model: { value: "MODEL", help: "sequential, event-loop, threads or processes (event-loop)" },
      workers: { value: "N", help: "how many threads or processes (as many as there are cores, at least 2)" },
      backlog: { value: "N", help: "how many clients the kernel lets wait (511)" },
      "max-conns": { short: "m", value: "N", help: "serve at most N clients at a time" },
      idle: {
        short: "i",
        value: "SECONDS",
        aliases: ["idle-timeout"],
        help: "reset a connection that is silent for this long (120; 0: never; a conversation: never)",
      },
      unix: { short: "U", value: "PATH", help: "a Unix socket in place of host and port" },
      ...WATCHING,
      ...COMMON,
    },
    examples: [
      "wirepane listen 9000 --echo",
      "wirepane listen 9000 --echo --model threads --workers 2",
      "wirepane listen 0.0.0.0 9000 > received.bin",
    ],
  },
  connect: {
    summary: "TCP client: stdin to the server, the server to stdout",
    usage: "HOST PORT",
    maxPositionals: 2,
    options: {
      crlf: { short: "C", help: "send CRLF for each LF of stdin (always where somebody types)" },
      wait: { short: "w", value: "SECONDS", help: "give up connecting after this long (10)" },
      tls: { aliases: ["ssl"], help: "speak TLS, and verify the certificate" },
      insecure: { short: "k", help: "do not verify the certificate" },
      cacert: { value: "FILE", help: "trust these certificate authorities (PEM)" },
      unix: { short: "U", value: "PATH", help: "a Unix socket in place of host and port" },
      source: { short: "s", value: "ADDRESS", help: "connect from this local address" },
      ipv4: { short: "4", help: "IPv4 only" },
      ipv6: { short: "6", help: "IPv6 only" },
      ...WATCHING,
      ...COMMON,
    },
    examples: [
      "wirepane connect 127.0.0.1 9000",
      "printf 'hello\\n' | wirepane connect 127.0.0.1 9000",
      "wirepane connect example.org 443 --tls",
    ],
  },
  http: {
    summary: "HTTP/1.1 client by hand, with curl's options",
    usage: "URL…",
    maxPositionals: Number.POSITIVE_INFINITY,
    options: {
      request: { short: "X", value: "METHOD", help: "use this method" },
      header: {
        short: "H",
        value: "LINE",
        help: "add `Name: value`; `Name:` removes one, `Name;` sends it empty",
      },
      data: {
        short: "d",
        value: "DATA",
        aliases: ["data-ascii"],
        help: "POST this; @FILE reads it without line ends",
      },
      "data-raw": { value: "DATA", help: "as -d, but @ means nothing" },
      "data-binary": { value: "DATA", help: "as -d, but @FILE is sent as it is" },
      "data-urlencode": { value: "DATA", help: "as -d, percent-encoded; name=content, name@FILE, @FILE" },
      json: { value: "DATA", help: "POST this as application/json" },
      get: { short: "G", help: "put the data of -d in the URL" },
      head: { short: "I", help: "HEAD: the head alone" },
      include: { short: "i", help: "print the head of the response, too" },
      output: { short: "o", value: "FILE", help: "write the content to FILE; once for each URL" },
      "remote-name": { short: "O", help: "write the content to a file named as in the URL" },
      location: { short: "L", help: "follow redirects" },
      "max-redirs": { value: "N", help: "follow at most N of them (50)" },
      fail: { short: "f", help: "exit 22 at a status of 400 and above, without its content" },
      "fail-with-body": { help: "the same, but print the content" },
      "user-agent": { short: "A", value: "NAME", help: "the User-Agent; empty: send none" },
      referer: { short: "e", value: "URL", help: "the Referer" },
      user: { short: "u", value: "USER:PASSWORD", help: "Basic authentication" },
      "max-time": { short: "m", value: "SECONDS", help: "for all of it" },
      "connect-timeout": { value: "SECONDS", help: "for resolving, connecting and TLS (10)" },
      "http1.0": { short: "0", help: "send HTTP/1.0" },
      "http1.1": { help: "send HTTP/1.1 (the default)" },
      "request-target": { value: "TARGET", help: "send this request-target in place of the URL's" },
      raw: { help: "print the body as it is on the wire: chunked stays chunked" },
      compressed: { help: "ask for a compressed answer, and undo it" },
      insecure: { short: "k", help: "do not verify the certificate" },
      cacert: { value: "FILE", help: "trust these certificate authorities (PEM)" },
      "unix-socket": { value: "PATH", help: "connect through this Unix socket" },
      ipv4: { short: "4", help: "IPv4 only" },
      ipv6: { short: "6", help: "IPv6 only" },
      verbose: { short: "v", help: "show both heads and the connection on stderr" },
      silent: { short: "s", help: "no error line" },
      "show-error": { short: "S", help: "with -s: the error line all the same" },
      url: { value: "URL", help: "one more URL" },
      ...WATCHING,
      ...COMMON,
    },
    examples: [
      "wirepane http http://127.0.0.1:8080/hello --explain",
      "wirepane http -sS -XPOST -d a=1 -d b=2 http://127.0.0.1:8080/post",
      "wirepane http -L -o page.html https://example.org/",
    ],
  },
  serve: {
    summary: "HTTP server: the files of DIR, and endpoints to practise on (/hello /echo /delay/2 …)",
    usage: "[DIR]",
    maxPositionals: 1,
    options: {
      host: { short: "b", value: "HOST", aliases: ["bind"], help: "listen on this address (127.0.0.1)" },
      port: { short: "p", value: "PORT", help: "listen on this port; 0: any (8080)" },
      unix: { short: "U", value: "PATH", help: "a Unix socket in place of host and port" },
      "no-listing": { help: "no page that lists the files of a directory" },
      "no-practice": { help: "files only" },
      "allow-host": { value: "NAME", help: "on loopback, answer to this name too (else: localhost only)" },
      model: {
        value: "MODEL",
        help: "event-loop (default), or sequential: each silent client holds up the others for 10 s",
      },
      silent: { short: "s", help: "no line per exchange" },
      ...WATCHING,
      ...COMMON,
    },
    examples: ["wirepane serve", "wirepane serve public --port 8000", "wirepane serve --timeline"],
  },
  explain: {
    summary: "annotate the bytes of requests or responses: from a file, as hex, or from stdin",
    usage: "[FILE | -]",
    maxPositionals: 1,
    options: {
      role: { value: "ROLE", help: "request or response (seen by itself)" },
      method: { value: "METHOD", help: "of the request that a response answers: HEAD has no content (GET)" },
      hex: {
        help: "the input is hex: digits, 47:45, or what xxd and hexdump -C print (if not seen by itself)",
      },
      reveal: WATCHING.reveal,
      ...COMMON,
    },
    examples: [
      "printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | wirepane explain",
      "wirepane http -s --raw -i http://127.0.0.1:8080/chunked/2 | wirepane explain",
    ],
  },
  doctor: {
    summary: "what this machine and this Node can do; with PORT, who listens there",
    usage: "[PORT]",
    maxPositionals: 1,
    options: COMMON,
    examples: ["wirepane doctor", "wirepane doctor 8080"],
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;
export type OptionName<Command extends CommandName> = keyof (typeof COMMANDS)[Command]["options"] & string;

export const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);
