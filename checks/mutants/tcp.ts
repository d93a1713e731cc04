import { type Mutant, mutantsOf } from "./mutant.ts";

const TLS = ["test/tcp/tls.test.ts", "test/tcp/tls-strangers.test.ts"];
const CONNECT = ["test/tcp/connect.test.ts"];
const LISTEN = ["test/tcp/listen.test.ts"];
const ENDING = ["test/tcp/ending.test.ts"];
const CONTRACT = ["test/contract/connection.test.ts"];
const OVERLOAD = ["test/tcp/overload.test.ts"];
const PROXY = ["test/tcp/proxy-header.test.ts"];
const SENT_ON = ["test/tcp/sent-on.test.ts"];

/** Who the peer is, how a connection ends, and that no receiver is given more than it takes. */
export const TCP: readonly Mutant[] = [
  ...mutantsOf("tcp/tls.ts", TLS, [
    {
      text: "rejectUnauthorized: options.insecure !== true,",
      becomes: "rejectUnauthorized: false,",
      promise: "a certificate from an unknown authority is refused",
    },
    {
      text: "ALPNProtocols: [...(options.alpn ?? [])],",
      becomes: "ALPNProtocols: [...(options.alpn ?? [])], checkServerIdentity: () => undefined,",
      promise: "a certificate for another name is refused",
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
        promise: "a FIN without close_notify can be told from a FIN with it",
      },
      {
        text: "if (!this.push(chunk)) socket.pause();",
        becomes: "this.push(chunk);",
        promise: "a server has to wait while its TLS client does not read",
        tests: ["test/tcp/tls-transport.test.ts"],
      },
    ],
  ),
  ...mutantsOf("tcp/resolve.ts", CONNECT, [
    {
      text: "&& !isDisguisedAddress(bare)",
      becomes: "",
      promise: "an address in an unusual spelling is not accepted as a host name",
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
      promise: "the result of a look-up is dialled only if it is an address",
    },
  ]),
  ...mutantsOf("tcp/connect.ts", CONNECT, [
    {
      text: "const allowed = addresses.filter((address) => addressPolicy(address));",
      becomes: "const allowed = addresses.some((address) => addressPolicy(address)) ? addresses : [];",
      promise: "an address that the policy refuses is not dialled",
    },
    {
      text: "allowHalfOpen: true,",
      becomes: "allowHalfOpen: false,",
      promise: "a client can still send after the server has ended its direction",
      tests: [...CONTRACT, ...CONNECT],
    },
    {
      text: "clearTimeout(timer);\n    stopListening?.();",
      becomes: "stopListening?.();",
      promise: "a finished connect leaves no timer behind",
      tests: ["test/tcp/connect-traces.test.ts"],
    },
    {
      text: "clearTimeout(timer);\n    stopListening?.();",
      becomes: "clearTimeout(timer);",
      promise: "a finished connect does not listen to its signal any more",
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
        promise: "a private address inside a translated (NAT64) address is not public",
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
      promise: "addresses are read only from inside a PROXY header",
    },
  ]),
  ...mutantsOf("tcp/models/serving/proxied-socket.ts", PROXY, [
    {
      text: "if (remoteAddress === undefined || !proxies.check(remoteAddress, familyOf(remoteAddress))) {",
      becomes: "if (remoteAddress === undefined) {",
      promise: "only a proxy can say who the client is",
    },
    {
      text: "if (rest.length > 0) socket.unshift(rest);",
      becomes: "",
      promise: "bytes that come with the PROXY header are the client's and are not lost",
    },
    {
      text: 'reject(new TransportError("TIMEOUT_HEAD", "proxy", message));',
      becomes: "void message;",
      promise: "a PROXY header must arrive in time",
    },
  ]),
  ...mutantsOf("tcp/listen.ts", LISTEN, [
    {
      text: 'host: options.host ?? "127.0.0.1",',
      becomes: 'host: options.host ?? "0.0.0.0",',
      promise: "a listener accepts connections from this machine only, unless told otherwise",
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
        promise: "a refused connection is reported",
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
        promise: "a TLS handshake must be complete in time",
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
        promise: "a server that stops does not wait for handshakes",
        tests: ["test/tcp/tls-stop.test.ts"],
      },
      {
        text: "await this.#options.handler(connection);",
        becomes: "await Promise.resolve(this.#options.handler(connection)).catch(() => {});",
        promise: "a handler that fails does not end its connection like one that succeeds",
        tests: ["test/contract/models.test.ts", ...LISTEN],
      },
    ],
  ),
  ...mutantsOf("tcp/bind.ts", LISTEN, [
    {
      text: "allowHalfOpen: true,",
      becomes: "allowHalfOpen: false,",
      promise: "a server can still send after the client has ended its direction",
      tests: [...CONTRACT, ...LISTEN],
    },
  ]),
  ...mutantsOf("tcp/base-connection.ts", CONTRACT, [
    {
      text: "this.#inbox.bytes < MAX_INBOX_BYTES",
      becomes: "true",
      promise: "a sender has to wait while nobody reads",
    },
    {
      text: "const kept = owned ? bytes : new Uint8Array(bytes);",
      becomes: "const kept = bytes;",
      promise: "waiting bytes are not overwritten by the next read",
    },
    {
      text: "if (this.#ending) throw writeAfterEnd();",
      becomes: "",
      promise: "nothing is sent after our end",
    },
    {
      text: "const failure = this.#failure ?? this.#cut;",
      becomes: "const failure = this.#failure;",
      promise: "an end without close_notify is an error for the reader",
      tests: ["test/tcp/tls-cut.test.ts"],
    },
    {
      text: "for (const writer of this.#takeWriters()) writer.reject(error);",
      becomes: "",
      promise: "a waiting write is rejected when the connection fails",
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
      promise: "a sender of messages has to wait while its peer does not read",
    },
    {
      text: "if (!this.#stopped) this.#grant();",
      becomes: "this.#grant();",
      promise: "credit is given only for bytes that were read",
    },
  ]),
  ...mutantsOf(
    "tcp/socket-connection.ts",
    [...SENT_ON, ...ENDING],
    [
      {
        text: "if (socket.writableLength > 0) reader.giveMemoryAway();",
        becomes: "",
        promise: "bytes that are sent on do not change while they wait",
        slow: true,
      },
      {
        text: 'if (bytes.length < BULK_BYTES) return socket.write(latin1(bytes), "latin1");',
        becomes: "if (bytes.length < BULK_BYTES) return socket.write(bytes);",
        promise: "a few bytes that are sent on do not change while they wait",
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
    "tcp/relay.ts",
    ["test/tcp/relay.test.ts", "test/tcp/sent-on.test.ts"],
    [
      {
        text: "if (!to.send(bytes)) from.pause();",
        becomes: "to.send(bytes);",
        promise: "a relay reads no faster than the slower side takes",
        slow: true,
      },
      {
        text: "onEnd: () => void to.end(),",
        becomes: "onEnd: () => void to[Symbol.asyncDispose](),",
        promise: "a relay passes on a half-close as a half-close",
        slow: true,
      },
    ],
  ),
];
