/**
 * Every command, and every option but those of curl. The parser, `--help` and "did you mean" read this table.
 */
export interface OptionSpec {
  readonly short?: string;
  /** How help names the value. An option without a value is a switch. */
  readonly value?: string;
  /** A value that may be left out, and stands behind "=": `--explain=every-byte`. */
  readonly optionalValue?: string;
  /** Other long names of the same option. */
  readonly aliases?: readonly string[];
  readonly help: string;
}

export interface CommandSpec {
  readonly summary: string;
  /** The arguments after the command's name, as help shows them. */
  readonly usage: string;
  readonly maxPositionals: number;
  /** What follows `--` is another program's command line: `args.program`. Otherwise it is arguments of our own. */
  readonly takesProgram?: true;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
}

const COMMON = {
  color: { value: "WHEN", aliases: ["colour"], help: "auto, always or never" },
  help: { help: "this text" },
} as const satisfies Record<string, OptionSpec>;

const WATCHING = {
  timeline: { help: "show what happens, in order of time, on stderr" },
  explain: {
    optionalValue: "every-byte",
    help: "explain what both ends send, line by line, on stderr; every-byte: with a row for each rule",
  },
  record: { value: "FILE", help: "write everything that happens to FILE: .ndjson, .har or .pcapng" },
  "record-limit": { value: "BYTES", help: "stop recording before FILE gets larger: 5000, 100k, 20M, 1G" },
  open: { help: "watch in the browser: opens the page on this recording, until Ctrl-C" },
  reveal: { help: "show secrets, which are masked by default" },
} as const satisfies Record<string, OptionSpec>;

export const COMMANDS = {
  demo: {
    summary: "both ends of an echo and of an HTTP exchange, on one timeline",
    usage: "",
    maxPositionals: 0,
    options: { ...WATCHING, ...COMMON },
    examples: ["wirepane demo", "wirepane demo --explain"],
  },
  listen: {
    summary: "TCP server: echo, your own handler, or a conversation with this terminal",
    usage: "[HOST] PORT",
    maxPositionals: 2,
    options: {
      echo: { help: "send back what each client sends" },
      handler: { value: "FILE", help: "serve with the export `handler(connection)` of this module" },
      model: { value: "MODEL", help: "sequential, event-loop, threads or processes (event-loop)" },
      workers: {
        value: "N",
        help: "number of threads or processes (default: the number of cores, at least 2)",
      },
      backlog: { value: "N", help: "how many clients may wait in the kernel (511)" },
      "max-conns": { short: "m", value: "N", help: "serve at most N clients at a time" },
      idle: {
        short: "i",
        value: "SECONDS",
        aliases: ["idle-timeout"],
        help: "reset a connection that is silent for this long (120; 0: never; a conversation: never)",
      },
      unix: { short: "U", value: "PATH", help: "use a Unix socket instead of host and port" },
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
    summary: "TCP client: sends stdin, prints what the server sends",
    usage: "HOST PORT",
    maxPositionals: 2,
    options: {
      crlf: { short: "C", help: "send CRLF for each LF of stdin (on a terminal: always)" },
      wait: { short: "w", value: "SECONDS", help: "give up connecting after this long (10)" },
      tls: { aliases: ["ssl"], help: "use TLS, and verify the certificate" },
      insecure: { short: "k", help: "do not verify the certificate" },
      cacert: { value: "FILE", help: "trust these certificate authorities (PEM)" },
      unix: { short: "U", value: "PATH", help: "use a Unix socket instead of host and port" },
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
    summary: "HTTP/1.1 client with curl's command line; wirepane curl is the same",
    usage: "URL…",
    maxPositionals: Number.POSITIVE_INFINITY,
    // They are in a table of their own: src/cli/curl/table.ts.
    options: {},
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
      unix: { short: "U", value: "PATH", help: "use a Unix socket instead of host and port" },
      "no-listing": { help: "do not list the files of a directory" },
      "no-practice": { help: "serve files only" },
      "allow-host": {
        value: "NAME",
        help: "on loopback, answer to this host name, too (default: localhost only)",
      },
      model: {
        value: "MODEL",
        help: "event-loop (default), or sequential: a silent client makes the others wait for 10 s",
      },
      silent: { short: "s", help: "print no line for each exchange" },
      ...WATCHING,
      ...COMMON,
    },
    examples: ["wirepane serve", "wirepane serve public --port 8000", "wirepane serve --timeline"],
  },
  proxy: {
    summary: "between any two programs: every byte of both hops, unchanged",
    usage: "[HOST:]PORT UPSTREAM [-- COMMAND…]",
    maxPositionals: 2,
    takesProgram: true,
    options: {
      forward: { help: "be a forward proxy: the clients name the servers (http_proxy=…); no UPSTREAM" },
      only: { value: "HOST[:PORT]", help: "with --forward: lead to this server only; may be given again" },
      "rewrite-host": { help: "read HTTP, and let Host name the server of an http or https UPSTREAM" },
      "allow-host": {
        value: "NAME",
        help: "with --rewrite-host on loopback: answer to this host name, too (default: localhost only)",
      },
      unix: { short: "U", value: "PATH", help: "listen on a Unix socket instead of PORT" },
      tls: { help: "clients speak TLS with us, by a certificate made for now" },
      cert: { value: "FILE", help: "clients speak TLS with us, by this certificate (PEM)" },
      key: { value: "FILE", help: "the private key of --cert (PEM)" },
      insecure: { short: "k", help: "do not verify the certificate of UPSTREAM" },
      cacert: { value: "FILE", help: "trust these certificate authorities for UPSTREAM (PEM)" },
      "proxy-from": {
        value: "NET",
        help: "clients come by these proxies, with a PROXY header; may be given again",
      },
      "proxy-protocol": { value: "VERSION", help: "send UPSTREAM a PROXY header: 1 or 2" },
      allow: { value: "NET", help: "beyond this machine: serve these clients only; may be given again" },
      idle: {
        short: "i",
        value: "SECONDS",
        help: "reset a connection that is silent for this long (0: never)",
      },
      "connect-timeout": { value: "SECONDS", help: "give up connecting to UPSTREAM after this long (10)" },
      fault: {
        value: "FAULT",
        help: "make this fault: 'down:latency 100ms±20ms', 'cut after=1000B'; may be given again",
      },
      faults: { value: "FILE", help: "make the faults of FILE: one a line, # comments; or toxics in JSON" },
      seed: { value: "N", help: "decides all that is random in the faults (drawn anew, and printed)" },
      "max-conns": { short: "m", value: "N", help: "serve at most N clients at a time" },
      admin: {
        value: "[HOST:]PORT",
        help: "serve toxiproxy's HTTP API here: its clients add, change and remove proxies and faults",
      },
      populate: { value: "FILE", help: "these proxies, too: a JSON list, as toxiproxy's -config" },
      silent: { short: "s", help: "show nothing; without this option and others that show: --timeline" },
      ...WATCHING,
      ...COMMON,
    },
    examples: [
      "wirepane proxy 9000 127.0.0.1:8080",
      "wirepane proxy 9000 https://example.org --rewrite-host",
      "wirepane proxy 9000 127.0.0.1:8080 --fault 'down:latency 100ms±20ms' --seed 1",
      "wirepane proxy 3128 --forward -- curl http://example.org/",
      "wirepane proxy --admin 8474",
    ],
  },
  watch: {
    summary: "inside any Node program: every connection, both roles, TLS in plain",
    usage: "-- COMMAND…",
    maxPositionals: Number.POSITIVE_INFINITY,
    takesProgram: true,
    options: { ...WATCHING, ...COMMON },
    examples: [
      "wirepane watch -- node app.js",
      "wirepane watch --open -- npm start",
      "wirepane watch --record run.ndjson -- npx vitest run",
    ],
  },
  explain: {
    summary: "explain the bytes of requests or responses: from a file or stdin, plain or as hex",
    usage: "[FILE | -]",
    maxPositionals: 1,
    options: {
      role: { value: "ROLE", help: "request or response (default: as the bytes say)" },
      method: {
        value: "METHOD",
        help: "the method that a response answers (GET); the response to HEAD has no content",
      },
      "every-byte": { help: "a row for each rule of the grammar; long content is not folded" },
      hex: {
        help: "the input is hex: digits, 47:45, 0x47, or what xxd, hexdump and od -tx1 print",
      },
      reveal: WATCHING.reveal,
      ...COMMON,
    },
    examples: [
      "printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | wirepane explain",
      "wirepane http -s --raw -i http://127.0.0.1:8080/chunked/2 | wirepane explain",
    ],
  },
  trace: {
    summary: "what was recorded: show it, convert it, search it, compare it",
    usage: "show FILE | save IN OUT | grep FILTER FILE | diff A B",
    maxPositionals: 3,
    options: {
      explain: {
        optionalValue: "every-byte",
        help: "show: explain line by line, in place of the timeline; every-byte: with a row for each rule",
      },
      svg: { help: "show: a picture of one conversation, both ends side by side, as SVG" },
      conversation: { value: "N", help: "with --svg: the conversation of this number (1)" },
      waterfall: { help: "show: when each exchange began and how its time was spent" },
      "record-limit": { value: "BYTES", help: "save: stop before OUT gets larger: 5000, 100k, 20M, 1G" },
      reveal: WATCHING.reveal,
      ...COMMON,
    },
    examples: [
      "wirepane trace show run.ndjson",
      "wirepane trace show --svg run.ndjson > run.svg",
      "wirepane trace save run.ndjson run.pcapng",
      "wirepane trace grep 'status:5xx method:POST' run.har",
      "wirepane trace diff before.ndjson after.ndjson",
    ],
  },
  replay: {
    summary: "send the client's side of a recording again, and compare what comes back",
    usage: "FILE [HOST:PORT | URL | unix:PATH]",
    maxPositionals: 2,
    options: {
      timing: {
        value: "WHEN",
        help: "fast: when what a request waited for is here (default); recorded: at its time; step: at Enter",
      },
      header: {
        short: "H",
        value: "LINE",
        help: "`Name: value` replaces the field; if no request has it, each gets it; `Name:` removes it",
      },
      host: { value: "NAME", help: "send this Host (default: as recorded)" },
      ignore: {
        value: "NAMES",
        help: "do not compare these fields, either; content and reason are names, too",
      },
      as: { value: "FORM", help: "print the requests as curl, fetch or printf, in place of sending them" },
      strict: { help: "compare Date, too, and what else differs by nature" },
      idle: {
        short: "i",
        value: "SECONDS",
        help: "give up when a response is due and nothing comes for this long (30)",
      },
      insecure: { short: "k", help: "do not verify the certificate" },
      cacert: { value: "FILE", help: "trust these certificate authorities (PEM)" },
      ...WATCHING,
      ...COMMON,
    },
    examples: [
      "wirepane replay run.ndjson",
      "wirepane replay run.har https://staging.example -H 'Authorization: Bearer …'",
      "wirepane replay run.ndjson 127.0.0.1:8080 --ignore etag,content --timeline",
    ],
  },
  lab: {
    summary: "the page in the browser: both ends of every conversation, byte by byte, in time",
    usage: "[FILE]",
    maxPositionals: 1,
    options: {
      port: { short: "p", value: "PORT", help: "serve the page on this port (any free one)" },
      "no-open": { help: "print the URL, but do not open the browser" },
      ...WATCHING,
      ...COMMON,
    },
    examples: ["wirepane lab", "wirepane lab recording.ndjson"],
  },
  doctor: {
    summary: "what this machine and this Node can do; with PORT, who listens there",
    usage: "[PORT]",
    maxPositionals: 1,
    options: COMMON,
    examples: ["wirepane doctor", "wirepane doctor 8080"],
  },
  completion: {
    summary: "the completion script of a shell: commands, and every option",
    usage: "bash | zsh | fish",
    maxPositionals: 1,
    options: COMMON,
    examples: ["source <(wirepane completion bash)", "wirepane completion fish | source"],
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;
export type OptionName<Command extends CommandName> = keyof (typeof COMMANDS)[Command]["options"] & string;

export const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);
