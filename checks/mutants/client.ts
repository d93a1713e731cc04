import { type Mutant, mutantsOf } from "./mutant.ts";

const REDIRECT = ["test/http/redirect.test.ts", "test/http/redirect-secrets.test.ts"];
const REUSE = ["test/http/client-reuse.test.ts"];
const REQUEST = ["test/http/client-request.test.ts"];
const RESPONSE = ["test/http/client-response.test.ts"];
const LIMITS = ["test/http/client-limits.test.ts"];
const CODING = ["test/http/coding.test.ts"];
const PIPELINING = ["test/http/client-pipelining.test.ts"];
const POOL = ["test/http/pool.test.ts"];
const TIMERS = ["test/http/client-timers.test.ts"];

/** Where requests are sent, how often, and what is accepted as their answer. */
export const CLIENT: readonly Mutant[] = [
  ...mutantsOf("http/client/redirect.ts", REDIRECT, [
    {
      text: 'new Set(["authorization", "cookie", "proxy-authorization"])',
      becomes: 'new Set(["cookie", "proxy-authorization"])',
      promise: "Authorization is never sent to another origin, even if other fields are",
    },
    {
      text: 'new Set(["authorization", "cookie", "proxy-authorization"])',
      becomes: 'new Set(["authorization", "proxy-authorization"])',
      promise: "Cookie is never sent to another origin, even if other fields are",
    },
    {
      text: 'new Set(["authorization", "cookie", "proxy-authorization"])',
      becomes: 'new Set(["authorization", "cookie"])',
      promise: "Proxy-Authorization is never sent to another origin, even if other fields are",
    },
    {
      text: "if (!named && !SAFE_FIELDS.has(lower) && !CONTENT_FIELDS.has(lower)) continue;",
      becomes: "",
      promise: "only fields that are safe, or that the caller named, are sent to another origin",
    },
    {
      text: 'if (lower === "host") continue;',
      becomes: "",
      promise: "a request to another origin has the Host of that origin",
    },
    {
      text: 'if (from.protocol === "https:" && to.protocol === "http:" && !policy.allowDowngrade) {',
      becomes: "if (false) {",
      promise: "no redirect goes from https to http",
    },
    {
      text: "if (body !== undefined && !sameOrigin && !policy.resendContent) {",
      becomes: "if (false) {",
      promise: "content is sent to another origin only if the caller asked for that",
    },
    {
      text: "const sameOrigin = from.origin === to.origin;",
      becomes: "const sameOrigin = from.hostname === to.hostname;",
      promise: "another port or scheme is another origin",
    },
    {
      text: "cert: _cert,\n    key: _key,",
      becomes: "",
      promise: "a client's certificate and key do not go to another origin",
    },
    {
      text: "const { host: _host, port: _port, tls, ...rest } = connect;",
      becomes: "const { tls, ...rest } = connect;",
      promise: "an address given for one origin is not used for another",
    },
    {
      text: 'if ((to.username !== "" || to.password !== "") && !inherited) {',
      becomes: "if (false) {",
      promise: "credentials in a Location are refused",
    },
    {
      text: 'if (to.protocol !== "http:" && to.protocol !== "https:") {',
      becomes: "if (false) {",
      promise: "a redirect leads only to http and https",
    },
    {
      text: "pfx: _pfx,",
      becomes: "",
      promise: "another origin gets no client certificate, whatever its form",
    },
    {
      text: "if (request.fieldText !== undefined) {",
      becomes: "if (false) {",
      promise: "a header section as text is not sent to another origin",
    },
    {
      text: "if (urls.length > maxRedirects) {",
      becomes: "if (false) {",
      promise: "redirects have a limit",
    },
    {
      text: 'if (locations.size > 1) throw refused("the redirect has more than one Location");',
      becomes: "",
      promise: "a redirect with two Locations is refused",
    },
    {
      text: 'method: becomesGet ? "GET" : method,',
      becomes: "method,",
      promise: "a POST becomes a GET after 301, 302 and 303",
    },
  ]),
  ...mutantsOf("http/client/exchange.ts", REUSE, [
    {
      text: "error.bytesReceived === 0",
      becomes: "true",
      promise: "a request is not sent again once bytes of its response have come",
    },
    {
      text: "if (this.reused && !this.#repeated && this.request.repeatable && lostBeforeResponse(error)) {",
      becomes: "if (!this.#repeated && this.request.repeatable && lostBeforeResponse(error)) {",
      promise: "a request that failed on a fresh connection is not sent again",
    },
    {
      text: "if (this.reused && !this.#repeated && this.request.repeatable && lostBeforeResponse(error)) {",
      becomes: "if (this.reused && this.request.repeatable && lostBeforeResponse(error)) {",
      promise: "a request is sent again only once",
    },
    {
      text: "if (this.reused && !this.#repeated && this.request.repeatable && lostBeforeResponse(error)) {",
      becomes: "if (this.reused && !this.#repeated && lostBeforeResponse(error)) {",
      promise: "a request that is not idempotent is not sent again",
    },
    {
      text: "this.cancellation?.dispose();",
      becomes: "",
      promise: "a request that failed leaves no timer and no listener behind",
      tests: TIMERS,
    },
    {
      text: "if (comesOnce(content)) void discard(content);",
      becomes: "",
      promise: "a content stream that nobody will read is cancelled",
      tests: [...REQUEST, ...LIMITS],
    },
  ]),
  ...mutantsOf("http/cancellation.ts", TIMERS, [
    { text: "this.#clearTimer?.();", becomes: "", promise: "a request's timer ends with it" },
    {
      text: "this.#stopListening?.();",
      becomes: "",
      promise: "a finished request does not listen to its signal any more",
    },
  ]),
  ...mutantsOf(
    "http/client/outgoing-request.ts",
    [...REQUEST, ...REUSE],
    [
      {
        text: '"TRACE", "PUT", "DELETE"]',
        becomes: '"TRACE", "PUT", "DELETE", "POST"]',
        promise: "a POST is never sent twice",
        tests: REUSE,
      },
      {
        text: "isIdempotent(input) && !comesOnce(content);",
        becomes: "isIdempotent(input);",
        promise: "a request whose content is a stream is not sent again",
        tests: REUSE,
      },
      {
        text: 'repeatable && content === undefined && fields.value("upgrade") === undefined && method !== "CONNECT",',
        becomes: 'content === undefined && fields.value("upgrade") === undefined && method !== "CONNECT",',
        promise: "only requests that may be sent again are pipelined",
        tests: PIPELINING,
      },
      {
        text: 'repeatable && content === undefined && fields.value("upgrade") === undefined && method !== "CONNECT",',
        becomes: 'repeatable && content === undefined && method !== "CONNECT",',
        promise: "a request that may switch protocols is not pipelined",
        tests: PIPELINING,
      },
      {
        text: "} else if (declared !== String(known)) {",
        becomes: "} else if (false) {",
        promise: "a request whose length contradicts its content is not sent",
      },
      {
        text: "if (authorization !== undefined) return requestFields(host, authorization",
        becomes:
          "if (authorization !== undefined && lastUsual === undefined) return requestFields(host, authorization",
        promise: "the credentials of a URL are sent with each request to it",
        tests: ["test/http/request-url.test.ts", ...REQUEST],
      },
      {
        text: "if (lastUsual?.host !== host || lastUsual.kind !== kind) {",
        becomes: "if (lastUsual?.kind !== kind) {",
        promise: "a request has the Host of its own URL",
      },
    ],
  ),
  ...mutantsOf("http/client/connection.ts", REUSE, [
    {
      text: 'this.abort(new TransportError("UNSOLICITED_DATA", "idle", "bytes arrived that nobody asked for"));',
      becomes: "this.#reception.receivedAt = 0;",
      promise: "a connection on which bytes came unasked is not used again",
    },
    {
      text: "if (next === undefined && http1.bufferedBytes > 0) {",
      becomes: "if (false) {",
      promise: "bytes after a response do not answer the next request",
    },
    {
      text: '} else if (http1.ourState === "send-body") {',
      becomes: "} else if (false) {",
      promise: "a connection is not used again while its request is still being sent",
      tests: ["test/http/client-unwanted.test.ts"],
    },
    {
      text: "this.#clock.afterPoll(this.#sender.sendTaken);",
      becomes: "this.#sender.sendTaken();",
      promise: "what the kernel holds is read before a connection is used again (CVE-2026-48931)",
    },
    {
      text: '} else if (cut !== undefined && this.#http1.peerFraming?.kind === "close") {',
      becomes: "} else if (false) {",
      promise: "an end of the connection without close_notify does not complete content",
      tests: RESPONSE,
    },
    {
      text: "exchange.cancellation?.dispose();\n    exchange.timings.endMs = this.#reception.receivedAt - exchange.timings.startedAt;\n    this.#reception.awaitNothing();",
      becomes:
        "exchange.timings.endMs = this.#reception.receivedAt - exchange.timings.startedAt;\n    this.#reception.awaitNothing();",
      promise: "a request that was answered leaves no timer and no listener behind",
      tests: TIMERS,
    },
    {
      text: "for (const waiting of behind) waiting.dispatchAgain();",
      becomes: "",
      promise: "requests behind one that failed are sent on another connection",
      tests: PIPELINING,
    },
  ]),
  ...mutantsOf("http/client/turns.ts", PIPELINING, [
    {
      text: "if (!exchange.mayBePipelined) this.#sealed = true;",
      becomes: "",
      promise: "nothing follows a request that may not be pipelined",
    },
  ]),
  ...mutantsOf("http/client/content-flow.ts", LIMITS, [
    {
      text: "const full = body.queuedBytes > MAX_QUEUED_BYTES;",
      becomes: "const full = false;",
      promise: "the server has to wait while content is not read",
      tests: RESPONSE,
    },
    {
      text: "if (length > MAX_DISCARDED_BYTES) {",
      becomes: "if (false) {",
      promise: "long content that is discarded ends its connection",
      tests: ["test/http/client-unwanted.test.ts"],
    },
    {
      text: "else this.#reception.awaitContent(now);",
      becomes: "else this.#reception.awaitNothing();",
      promise: "a content that stops coming is an error in time",
    },
    {
      text: "} else if (this.#connection.isAwaited) {",
      becomes: "} else if (false) {",
      promise: "a content that nobody reads gives way to a request that waits",
      tests: ["test/http/client-unread.test.ts"],
    },
  ]),
  ...mutantsOf(
    "http/content-limits.ts",
    ["test/http/client-unwanted.test.ts"],
    [
      {
        text: "return message.discardedBytes <= MAX_DISCARDED_BYTES;",
        becomes: "return true;",
        promise: "a content without a length that nobody wants is read only so far",
      },
    ],
  ),
  ...mutantsOf("http/socket-pause.ts", RESPONSE, [
    {
      text: "if (paused) this.#tcp.pause();",
      becomes: "if (paused) return;",
      promise: "the server is stopped when the socket is to be paused",
    },
    {
      text: "else this.#tcp.resume();",
      becomes: "",
      promise: "a paused socket goes on when its reader has room again",
    },
  ]),
  ...mutantsOf("http/client/response-receiver.ts", RESPONSE, [
    {
      text: "body.push(kept(event.bytes));",
      becomes: "body.push(event.bytes);",
      promise: "waiting content is not overwritten by the next read",
      tests: [...RESPONSE, "test/http/consume.test.ts"],
    },
    {
      text: "exchange.refusedContent = true;",
      becomes: "",
      promise: "no more of a content is sent to a server that answered with an error",
      tests: ["test/http/client-unwanted.test.ts", ...REQUEST, ...LIMITS],
    },
  ]),
  ...mutantsOf("http/client/content-sender.ts", REQUEST, [
    {
      text: "if (!hasRoom) await this.#room(exchange);",
      becomes: "",
      promise: "a content is sent only as fast as the server takes it",
      tests: [...REQUEST, ...LIMITS],
    },
    {
      text: "this.#reception.awaitContinue(timeoutMs);",
      becomes: "",
      promise: "a content does not wait for good for 100 (Continue)",
      tests: [...REQUEST, ...LIMITS],
    },
  ]),
  ...mutantsOf("http/client/reception.ts", LIMITS, [
    {
      text: "this.#deadline.set(this.timeouts.headTimeoutMs, now);",
      becomes: "",
      promise: "a response that does not come is an error in time",
    },
    {
      text: "if (this.#deadline.at <= this.clock.now()) return false;",
      becomes: "",
      promise: "a connection that should have ended by now is not used again",
      tests: REUSE,
    },
    {
      text: "Number(timeout) * 1000 - 1000)",
      becomes: "1_000_000)",
      promise: "a connection is not used any longer than the server's hint",
      tests: REUSE,
    },
  ]),
  ...mutantsOf("http/client/request-sender.ts", PIPELINING, [
    {
      text: "exchange.abandoned = true;",
      becomes: "this.#connection.abort(error);",
      promise: "a request that is cancelled does not take those ahead of it along",
    },
    {
      text: "if (!this.#connection.usable || !this.#http1.persistent) this.#handBack(exchange);",
      becomes: "if (false) this.#handBack(exchange);",
      promise: "a request that was given to a connection that has ended is sent on another one",
      tests: [...REUSE, ...PIPELINING],
    },
  ]),
  ...mutantsOf(
    "http/client/connection-key.ts",
    ["test/http/connection-key.test.ts"],
    [
      {
        text: '"signal", "observer", "onHopAnswer"]',
        becomes: '"signal", "observer", "onHopAnswer", "tls"]',
        promise: "a connection is not used for a request that needs other guarantees",
      },
      {
        text: "export function connectionKey(origin: string, optionsKey: string): string {",
        becomes: "export function connectionKey(_: string, optionsKey: string): string { return optionsKey;",
        promise: "a connection is not used for a request to another origin",
      },
    ],
  ),
  ...mutantsOf("http/client/pool.ts", POOL, [
    {
      text: "route.open.size + route.opening < this.#settings.maxConnectionsPerOrigin",
      becomes: "route.open.size < this.#settings.maxConnectionsPerOrigin",
      promise: "an origin has no more connections than the limit, including those being opened",
    },
    {
      text: "if (this.#queued >= maxQueued) {",
      becomes: "if (false) {",
      promise: "the queue for connections has a limit",
      tests: LIMITS,
    },
    {
      text: "this.#queued--;",
      becomes: "",
      promise: "a request that has left the queue does not count any more",
      tests: ["test/http/pool-queue.test.ts"],
    },
    {
      text: "while (next !== undefined && !next.wake()) next = free.pop();",
      becomes: "",
      promise: "the pool gives out no connection that cannot be used",
    },
    {
      text: "this.#routes.delete(route.key);",
      becomes: "",
      promise: "the pool keeps nothing for an origin that is not in use",
    },
  ]),
  ...mutantsOf("http/client/coding.ts", CODING, [
    {
      text: "if (length > limits.maxDecodedBytes)",
      becomes: "if (false)",
      promise: "decoded content has the limit that the caller set",
    },
    {
      text: "if (length > ratioFreeBytes && length > received * maxRatio)",
      becomes: "if (false)",
      promise: "gathered content cannot be a decompression bomb",
    },
    {
      text: "if (codings.length > limits.maxCodings) {",
      becomes: "if (false) {",
      promise: "codings on top of each other have a limit",
    },
  ]),
  ...mutantsOf("http/client/undone-coding.ts", CODING, [
    {
      text: "if ((await source.peek()) === undefined) return;",
      becomes: "return;",
      promise: "bytes after coded content are an error",
    },
    {
      text: 'if (end.getUint32(0, true) !== checksum) throw source.broken("incorrect data check");',
      becomes: "",
      promise: "the checksum of gzip is checked",
    },
    {
      text: "if (end.getUint32(4, true) !== length % 2 ** 32)",
      becomes: "if (false)",
      promise: "the length of gzip is checked",
    },
  ]),
  ...mutantsOf(
    "http/whole-content.ts",
    [...LIMITS, ...RESPONSE],
    [
      {
        text: " > maxBytes) throw contentTooLarge(maxBytes);",
        becomes: " > Number.POSITIVE_INFINITY) throw contentTooLarge(maxBytes);",
        promise: "gathered content has a limit",
        tests: ["test/http/gathered-content.test.ts"],
      },
    ],
  ),
  ...mutantsOf(
    "http/client/incoming-response.ts",
    [...LIMITS, ...RESPONSE],
    [
      {
        text: "if (length > maxBytes) throw contentTooLarge(maxBytes);",
        becomes: "",
        promise: "gathered content that came with its head has the same limit",
      },
    ],
  ),
  ...mutantsOf(
    "http/client/request-url.ts",
    ["test/http/request-url.test.ts", ...REQUEST],
    [
      {
        text: "if (before.authorization !== undefined || !text.startsWith(before.origin)) return undefined;",
        becomes: "if (!text.startsWith(before.origin)) return undefined;",
        promise: "credentials of one URL are not dropped or taken over by the next",
      },
      {
        text: "href: `",
        becomes: "href: url.href || `",
        promise: "the URL that is shown has no credentials",
      },
      {
        text: String.raw`(?!\.)`,
        becomes: "",
        promise: "dot segments are resolved, also in a URL like the last one",
      },
      {
        text: 'return text.includes("@") ?',
        becomes: "return false ?",
        promise: "text that is not a URL is shown without its credentials",
        tests: ["test/http/request-url.test.ts", ...REQUEST, ...REDIRECT],
      },
    ],
  ),
  ...mutantsOf("http/client/response-body.ts", RESPONSE, [
    {
      text: 'if (this.#started) throw new TransportError("BODY_USED", "body", "the content was read before");',
      becomes: "",
      promise: "content is read only once",
    },
    {
      text: "} else if (this.#failure !== undefined) {",
      becomes: "} else if (false) {",
      promise: "content that was cut short does not end like complete content",
      tests: [...RESPONSE, "test/http/truncation.test.ts"],
    },
  ]),
  ...mutantsOf(
    "http/client/client.ts",
    ["test/http/client-request.test.ts", "test/http/one-host.test.ts"],
    [
      {
        text: "servername: url.host };",
        becomes: "servername: String(options.host ?? url.host) };",
        promise: "the certificate is checked for the host of the URL, wherever the connection leads",
        tests: ["test/http/client-identity.test.ts"],
      },
      {
        text: "if (!url.secure) return ownOptions<ConnectOptions>(rest, place);",
        becomes: "if (!url.secure && tls === undefined) return ownOptions<ConnectOptions>(rest, place);",
        promise: "the scheme alone decides about TLS",
        tests: ["test/http/client-identity.test.ts"],
      },
      {
        text: "if (response.status !== 417) return response;",
        becomes: "return response;",
        promise: "a request that was refused because of Expect is sent again without Expect",
        tests: LIMITS,
      },
    ],
  ),
];
