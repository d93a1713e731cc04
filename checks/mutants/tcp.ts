import { type Mutant, mutantsOf } from "./mutant.ts";

const TLS = ["test/tcp/tls.test.ts", "test/tcp/tls-strangers.test.ts"];
const CONNECT = ["test/tcp/connect.test.ts"];
const LISTEN = ["test/tcp/listen.test.ts"];
const ENDING = ["test/tcp/ending.test.ts"];
const CONTRACT = ["test/contract/connection.test.ts"];
const OVERLOAD = ["test/tcp/overload.test.ts"];
const PROXY = ["test/tcp/proxy-header.test.ts"];
const SENT_ON = ["test/tcp/sent-on.test.ts"];

/** Who is at the other end, how it ends, and that nobody is given more than is taken. */
export const TCP: readonly Mutant[] = [
  ...mutantsOf("tcp/tls.ts", TLS, [
    {
      text: "rejectUnauthorized: options.insecure !== true,",
      becomes: "rejectUnauthorized: false,",
      promise: "a certificate that nobody trusts is refused",
    },
    {
      text: "ALPNProtocols: [...(options.alpn ?? [])],",
      becomes: "ALPNProtocols: [...(options.alpn ?? [])], checkServerIdentity: () => undefined,",
      promise: "a certificate for another name is refused",
    },
    {
      text: 'minVersion: options.minVersion ?? "TLSv1.2",',
      becomes: "minVersion: options.minVersion,",
      promise: "TLS is 1.2 at least, whatever Node's command line says",
    },
    {
      text: "checkPins(tlsSocket, options.pins, where);",
      becomes: "",
      promise: "a key that is not pinned is refused",
    },
  ]),
  ...mutantsOf(
    "tcp/tls-transport.ts",
    ["test/http/truncation.test.ts", ...TLS],
    [
      {
        text: "this.#cut = !wasToldItsEnd(tls);",
        becomes: "this.#cut = false;",
        promise: "a FIN without the end of TLS is told from one with it",
      },
      {
        text: "if (!this.push(chunk)) socket.pause();",
        becomes: "this.push(chunk);",
        promise: "what a TLS client does not read stops its server",
        tests: ["test/tcp/tls-transport.test.ts"],
      },
    ],
  ),
  ...mutantsOf("tcp/resolve.ts", CONNECT, [
    {
      text: "&& !isDisguisedAddress(bare)",
      becomes: "",
      promise: "an address in disguise is no host name",
    },
    {
      text: String.raw`/^[\x21-\x7e]+$/.test(bare) && `,
      becomes: "",
      promise: "a host name has no control octets (Node 20 cuts it at a NUL)",
    },
    {
      text: String.raw`/^(.*\.)?localhost\.?$/i.test(host)`,
      becomes: "/^localhost$/.test(host)",
      promise: "localhost is loopback in every spelling, whatever a name server says",
      tests: ["test/tcp/connect-traces.test.ts"],
    },
    {
      text: "each.family !== 0 && ",
      becomes: "",
      promise: "what a look-up gives is dialled only if it is an address",
    },
  ]),
  ...mutantsOf("tcp/connect.ts", CONNECT, [
    {
      text: "const allowed = addresses.filter((address) => addressPolicy(address));",
      becomes: "const allowed = addresses.some((address) => addressPolicy(address)) ? addresses : [];",
      promise: "no address is dialled that the policy refuses",
    },
    {
      text: "allowHalfOpen: true,",
      becomes: "allowHalfOpen: false,",
      promise: "a client sends on after the server's end",
      tests: [...CONTRACT, ...CONNECT],
    },
    {
      text: "clearTimeout(timer);\n    stopListening?.();",
      becomes: "stopListening?.();",
      promise: "a connect that is over leaves no timer behind",
      tests: ["test/tcp/connect-traces.test.ts"],
    },
    {
      text: "clearTimeout(timer);\n    stopListening?.();",
      becomes: "clearTimeout(timer);",
      promise: "a connect that is over does not listen to its signal",
      tests: ["test/tcp/connect-traces.test.ts"],
    },
  ]),
  ...mutantsOf("tcp/connect-race.ts", CONNECT, [
    {
      text: "for (const socket of losers) socket.destroy();",
      becomes: "",
      promise: "the losers of the race are closed",
    },
  ]),
  ...mutantsOf(
    "tcp/public-address.ts",
    ["test/tcp/public-address.test.ts"],
    [
      {
        text: '["169.254.0.0", 16],',
        becomes: "",
        promise: "the metadata service of a cloud is no public address",
      },
      {
        text: '["64:ff9b::", 96],',
        becomes: "",
        promise: "a private address behind a translator is not public",
      },
    ],
  ),
  ...mutantsOf("tcp/proxy-header.ts", PROXY, [
    {
      text: "if (command !== 0x20 && command !== 0x21) throw",
      becomes: "if (false) throw",
      promise: "a PROXY header has a version and a command that are known",
    },
    {
      text: "if (contentLength > MAX_V2_CONTENT_BYTES)",
      becomes: "if (false)",
      promise: "a PROXY header has a limit",
    },
    {
      text: "if (contentLength < 2 * hostLength + 4)",
      becomes: "if (false)",
      promise: "addresses are not read from behind a PROXY header",
    },
  ]),
  ...mutantsOf("tcp/models/serving/proxied-socket.ts", PROXY, [
    {
      text: "if (remoteAddress === undefined || !proxies.check(remoteAddress, familyOf(remoteAddress))) {",
      becomes: "if (remoteAddress === undefined) {",
      promise: "who is no proxy cannot say who the client is",
    },
    {
      text: "if (rest.length > 0) socket.unshift(rest);",
      becomes: "",
      promise: "what came with the PROXY header is the client's, and not lost",
    },
    {
      text: 'reject(new TransportError("TIMEOUT_HEAD", "proxy", message));',
      becomes: "void message;",
      promise: "a PROXY header has to come in time",
    },
  ]),
  ...mutantsOf("tcp/listen.ts", LISTEN, [
    {
      text: 'host: options.host ?? "127.0.0.1",',
      becomes: 'host: options.host ?? "0.0.0.0",',
      promise: "a listener is for this machine alone, unless it is told otherwise",
    },
  ]),
  ...mutantsOf(
    "tcp/models/serving/admission.ts",
    [...OVERLOAD, ...LISTEN],
    [
      {
        text: " >= maxConnections;",
        becomes: " >= Number.POSITIVE_INFINITY;",
        promise: "there are no more connections than the limit says",
      },
      {
        text: 'onOverload({ open, limit: maxConnections, reason: "max-connections" });',
        becomes: "open;",
        promise: "a connection that is refused is told",
      },
    ],
  ),
  ...mutantsOf(
    "tcp/models/serving/serving.ts",
    [...LISTEN, ...TLS],
    [
      {
        text: 'handshake.abort(new TransportError("TIMEOUT_TLS", "tls", message));',
        becomes: "void message;",
        promise: "a TLS handshake has to come in time",
      },
      {
        text: "return this.#open.size + this.#handshakes.size;",
        becomes: "return this.#open.size;",
        promise: "connections in their handshake count for the limit",
        tests: [...OVERLOAD, ...TLS, ...LISTEN],
      },
      {
        text: "for (const handshake of this.#handshakes) handshake.abort(reason);",
        becomes: "",
        promise: "a server that stops waits for no handshake",
        tests: ["test/tcp/tls-stop.test.ts"],
      },
      {
        text: "await this.#options.handler(connection);",
        becomes: "await Promise.resolve(this.#options.handler(connection)).catch(() => {});",
        promise: "a handler that fails does not end its connection as if it were done",
        tests: ["test/contract/models.test.ts", ...LISTEN],
      },
    ],
  ),
  ...mutantsOf("tcp/bind.ts", LISTEN, [
    {
      text: "allowHalfOpen: true,",
      becomes: "allowHalfOpen: false,",
      promise: "a server sends on after the client's end",
      tests: [...CONTRACT, ...LISTEN],
    },
  ]),
  ...mutantsOf("tcp/base-connection.ts", CONTRACT, [
    {
      text: "this.#inbox.bytes < MAX_INBOX_BYTES",
      becomes: "true",
      promise: "what nobody reads stops its sender",
    },
    {
      text: "const kept = owned ? bytes : new Uint8Array(bytes);",
      becomes: "const kept = bytes;",
      promise: "bytes that wait for their reader do not change with the next read",
    },
    {
      text: "if (this.#ending) throw writeAfterEnd();",
      becomes: "",
      promise: "nothing is sent behind our end",
    },
    {
      text: "const failure = this.#failure ?? this.#cut;",
      becomes: "const failure = this.#failure;",
      promise: "an end that TLS does not vouch for is an error for who reads it",
      tests: ["test/tcp/tls-cut.test.ts"],
    },
    {
      text: "for (const writer of this.#takeWriters()) writer.reject(error);",
      becomes: "",
      promise: "a write that waits learns of a failure",
      tests: ["test/tcp/waiting-write.test.ts"],
    },
  ]),
  ...mutantsOf("tcp/lingering-end.ts", ENDING, [
    {
      text: "if (connection.bytesIn > mostBytesIn) parts.letGo();",
      becomes: "",
      promise: "a peer that sends on and on is not read for ever after our end",
    },
    {
      text: "mostBytesIn = connection.bytesIn + LINGER_BYTES;",
      becomes: "parts.letGo();",
      promise: "what we wrote last reaches a peer that is still sending",
    },
    {
      text: "clear = clock.after(ms, resolve);",
      becomes: "",
      promise: "a peer that does not end is not waited for longer than a moment",
    },
    {
      text: 'connection.abort(new TransportError("TIMEOUT_WRITE", "write", message));',
      becomes: "void message;",
      promise: "a peer that takes nothing of the last bytes is let go",
    },
  ]),
  ...mutantsOf("tcp/message-connection.ts", CONTRACT, [
    {
      text: "return this.#unread < WINDOW_BYTES;",
      becomes: "return true;",
      promise: "a sender of messages is stopped by a peer that does not read",
    },
    {
      text: "if (!this.#stopped) this.#grant();",
      becomes: "this.#grant();",
      promise: "no credit is given for what nobody reads",
    },
  ]),
  ...mutantsOf(
    "tcp/socket-connection.ts",
    [...SENT_ON, ...ENDING],
    [
      {
        text: "if (socket.writableLength > 0) reader.giveMemoryAway();",
        becomes: "",
        promise: "what is sent on does not change while it waits",
        slow: true,
      },
      {
        text: 'if (bytes.length < BULK_BYTES) return socket.write(latin1(bytes), "latin1");',
        becomes: "if (bytes.length < BULK_BYTES) return socket.write(bytes);",
        promise: "a little that is sent on does not change while it waits",
        slow: true,
      },
      {
        text: 'if (shutting) shutting.once("finish", () => this.#reset());',
        becomes: "if (shutting) this.#reset();",
        promise: "a reset in the turn after our end leaves no descriptor behind",
        tests: [...ENDING, ...CONTRACT],
      },
    ],
  ),
  ...mutantsOf(
    "tcp/splice.ts",
    ["test/tcp/sent-on.test.ts", "test/contract/models.test.ts"],
    [
      {
        text: "if (!to.send(bytes)) from.pause();",
        becomes: "to.send(bytes);",
        promise: "a relay reads as fast as the slower side takes",
        slow: true,
      },
      {
        text: "onEnd: () => void to.end(),",
        becomes: "onEnd: () => void to[Symbol.asyncDispose](),",
        promise: "a relay passes a half-close on as one",
        slow: true,
      },
    ],
  ),
];
