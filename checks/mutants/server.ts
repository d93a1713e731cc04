import { type Mutant, mutantsOf } from "./mutant.ts";

const CONNECTION = ["test/http/serve-connection.test.ts"];
const LIMITS = ["test/http/serve-connection-limits.test.ts"];
const TIMEOUTS = ["test/http/serve-timeouts.test.ts"];
const REQUIREMENTS = ["test/http/requirements.test.ts"];
const HANDLERS = ["test/http/serve-handlers.test.ts"];
const FILES = ["test/http/static-files.test.ts"];
const PATHS = ["test/http/safe-path.test.ts", ...FILES];
const ANSWERS = ["test/http/answer-heads.test.ts"];

/** Which clients are answered, with what, and how long a server waits. */
export const SERVER: readonly Mutant[] = [
  ...mutantsOf(
    "http/server/connection.ts",
    [...LIMITS, ...CONNECTION],
    [
      {
        text: "if (!exchange.received || this.#outbox.blocked) return false;",
        becomes: "if (!exchange.received) return false;",
        promise: "a peer that pipelines and does not read cannot fill our memory",
      },
      {
        text: "if (this.#reception.idleSince !== undefined) this.#reception.awaitHead(now);",
        becomes: "if (this.#exchange === undefined) this.#reception.awaitHead(now);",
        promise: "a head has a fixed time, whatever trickles in",
        tests: LIMITS,
      },
      {
        text: "exchange?.request.body.push(kept(event.bytes));",
        becomes: "exchange?.request.body.push(event.bytes);",
        promise: "content that waits for the handler does not change with the next read",
        tests: ["test/http/kept-content.test.ts"],
      },
    ],
  ),
  ...mutantsOf(
    "http/server/persistence.ts",
    [...LIMITS, ...CONNECTION],
    [
      {
        text: "if (this.#requests >= this.#settings.maxRequestsPerConnection) return true;",
        becomes: "",
        promise: "a connection has a limit of requests",
      },
      {
        text: "if (exchange.startedAt - this.#openedAt >= this.#settings.maxConnectionAgeMs) return true;",
        becomes: "",
        promise: "a connection has a limit of age",
        tests: TIMEOUTS,
      },
      {
        text: "if (this.#http.expectsContinue) return true;",
        becomes: "",
        promise: "a final answer instead of 100 is the last of its connection",
      },
      {
        text: "|| framing.length > MAX_DISCARDED_BYTES;",
        becomes: ";",
        promise: "long content that the handler does not read ends the connection",
      },
      {
        text: "return countDiscarded(exchange, bytes.length);",
        becomes: "return true;",
        promise: "content that the handler does not read is skipped only up to a bound",
      },
    ],
  ),
  ...mutantsOf(
    "http/server/intake.ts",
    [...LIMITS, ...CONNECTION],
    [
      {
        text: "this.#pause.set(this.#ahead || queuedBytes > MAX_QUEUED_BYTES);",
        becomes: "this.#pause.set(this.#ahead);",
        promise: "the client has to wait while the handler does not read its content",
      },
      {
        text: "this.#pause.set(this.#ahead || queuedBytes > MAX_QUEUED_BYTES);",
        becomes: "this.#pause.set(queuedBytes > MAX_QUEUED_BYTES);",
        promise: "pipelined requests wait unread while one is in process",
        tests: ["test/http/serve-sockets.test.ts"],
      },
    ],
  ),
  ...mutantsOf(
    "http/server/answering.ts",
    [...HANDLERS, ...CONNECTION],
    [
      {
        text: "// RFC 9112 §8: a content cut short must not look complete.\n      this.#connection.breakOff(exchange, error);\n      return;",
        becomes: "this.#sender.end();",
        promise: "an answer whose content fails does not look complete",
      },
    ],
  ),
  ...mutantsOf("http/server/reception.ts", TIMEOUTS, [
    {
      text: "Math.min(requestTimeoutMs, boughtMs) - this.#deadlines.clock.now();",
      becomes: "boughtMs - this.#deadlines.clock.now();",
      promise: "content must be complete in a fixed time",
    },
    {
      text: "bodyGraceMs + (bytes / minBodyBytesPerSecond) * 1000",
      becomes: "Number.POSITIVE_INFINITY",
      promise: "content that only trickles in is refused",
    },
    {
      text: "this.#bytesBefore = this.#bytesIn() - alreadyHere;",
      becomes: "this.#bytesBefore = 0;",
      promise: "the minimum rate counts only the bytes of this content",
    },
    {
      text: "this.#since += now - (this.#heldSince ?? now);",
      becomes: "",
      promise: "time in which we do not read does not count against the client",
    },
  ]),
  ...mutantsOf(
    "http/server/outbox.ts",
    [...TIMEOUTS, ...LIMITS],
    [
      {
        text: "this.#blocked = true;\n    this.#stalled.set(this.#stallTimeoutMs);",
        becomes: "this.#blocked = true;",
        promise: "a peer that reads nothing of its answer is disconnected",
      },
      {
        text: "this.#blocked = true;\n    this.#stalled.set(this.#stallTimeoutMs);",
        becomes: "this.#stalled.set(this.#stallTimeoutMs);",
        promise: "content is sent no faster than the peer reads it",
      },
      {
        text: "if (this.#gatheredLength >= WRITE_BYTES) this.flush();",
        becomes: "",
        promise: "the bytes gathered for one write have a limit",
      },
    ],
  ),
  ...mutantsOf(
    "http/server/unhandled-request.ts",
    [...REQUIREMENTS, ...HANDLERS],
    [
      {
        text: 'if (method === "TRACE") return',
        becomes: 'if (method === "NONE") return',
        promise: "TRACE does not send back the fields of a request",
      },
      {
        text: 'if (method === "CONNECT") return',
        becomes: 'if (method === "NONE") return',
        promise: "a server is no proxy",
      },
      {
        text: 'if (scheme !== undefined && scheme !== "http" && !(scheme === "https" && secure)) {',
        becomes: "if (false) {",
        promise: "a server without a certificate serves no https resource",
      },
      {
        text: 'if (expect !== undefined && expect.toLowerCase() !== "100-continue") {',
        becomes: "if (false) {",
        promise: "an unknown expectation is refused",
        tests: CONNECTION,
      },
      {
        text: 'return problem(500, "the handler of this request failed");',
        becomes: "return problem(500, String(error));",
        promise: "the client does not learn what a handler threw",
      },
    ],
  ),
  ...mutantsOf("http/server/files/safe-path.ts", PATHS, [
    {
      text: 'if (name === "." || name === "..") return "the path has a dot segment";',
      becomes: "",
      promise: "a dot segment is refused, not just not found",
    },
    {
      text: 'if (name.includes("/")) return "the path has an encoded slash";',
      becomes: "",
      promise: "an encoded slash makes no new segment",
    },
    {
      text: String.raw`if (name.includes("\\")) return "the path has a backslash";`,
      becomes: "",
      promise: "a backslash cannot be part of a file name",
    },
    {
      text: 'if (name.startsWith(".")) return',
      becomes: "if (false) return",
      promise: "a name that begins with a dot is not found",
    },
    {
      text: 'if (name.includes("\\ufffd")) return "the path is not UTF-8";',
      becomes: "",
      promise: "a path that is not UTF-8 leads to no file",
    },
    {
      text: String.raw`if (/[\u0000-\u001f\u007f]/.test(name)) return "the path has a control character";`,
      becomes: "",
      promise: "a path has no control characters, NUL least of all",
    },
  ]),
  ...mutantsOf("http/server/files/open-inside.ts", FILES, [
    {
      text: "|| !isServedBelow(root, ",
      becomes: "|| !((..._: unknown[]) => true)(root, ",
      promise: "no link leads out of DIR",
    },
    {
      text: '.every((name) => !name.startsWith("."));',
      becomes: ".every(() => true);",
      promise: "no link leads to a name that begins with a dot",
    },
    {
      text: "if (!accepted) await handle.close();",
      becomes: "",
      promise: "a file that is not served is closed",
    },
  ]),
  ...mutantsOf("http/server/files/static-files.ts", FILES, [
    {
      text: ', ["X-Content-Type-Options", "nosniff"]',
      becomes: "",
      promise: "a browser may not guess another type for a file",
    },
    {
      text: "segments.map(encodeURIComponent)",
      becomes: "segments",
      promise: "the redirect to a directory names the directory, and ends no line",
    },
    {
      text: 'const asked = request.method === "GET" && ifRangeHolds(request.fields, validators);',
      becomes: "const asked = true;",
      promise: "a range of a file that has changed gives the whole file",
    },
  ]),
  ...mutantsOf("http/server/files/media-type.ts", FILES, [
    {
      text: '["Content-Disposition", "attachment"],',
      becomes: "",
      promise: "a file of unknown type is saved and not shown",
    },
  ]),
  ...mutantsOf("http/server/files/directory-listing.ts", FILES, [
    {
      text: 'if (entry.name.startsWith(".")) continue;',
      becomes: "",
      promise: "a listing shows no name that begins with a dot",
    },
    {
      text: "escapeHtml(printable(name))",
      becomes: "printable(name)",
      promise: "a file name is never markup in a listing",
    },
    {
      text: "escapeHtml(printable(name))",
      becomes: "escapeHtml(name)",
      promise: "a file name has no control characters in a listing",
    },
    {
      text: 'encodeURIComponent(name.replace(/\\/$/, ""))',
      becomes: 'name.replace(/\\/$/, "")',
      promise: "a file name in a listing is never read as a scheme or another path",
    },
  ]),
  ...mutantsOf(
    "http/server/host-guard.ts",
    ["test/http/host-guard.test.ts"],
    [
      {
        text: "return isLoopbackName(name) || allowed.has(name);",
        becomes: "return true;",
        promise: "a server on loopback answers loopback names only (DNS rebinding)",
      },
      {
        text: "if (host !== undefined && host === lastAllowed) return handler(request);",
        becomes: "if (host !== undefined && lastAllowed !== undefined) return handler(request);",
        promise: "the name is checked for each request, even after one that was allowed",
      },
      {
        text: String.raw`/(?:^|\.)localhost$/`,
        becomes: "/localhost$/",
        promise: "a name that only ends like localhost is not a loopback name",
      },
    ],
  ),
  ...mutantsOf("http/server/files/file-content.ts", FILES, [
    {
      text: "if (bytesRead === 0) throw",
      becomes: "if (bytesRead === 0) return bytes; if (false) throw",
      promise: "a file that became shorter does not look complete",
    },
  ]),
  ...mutantsOf(
    "http/server/files/preconditions.ts",
    [...FILES, ...REQUIREMENTS],
    [
      {
        text: 'if (!listsTag(ifMatch, etag, "strong")) return 412;',
        becomes: 'if (!listsTag(ifMatch, etag, "weak")) return 412;',
        promise: "If-Match compares strongly",
      },
    ],
  ),
  ...mutantsOf("http/server/answer-heads.ts", ANSWERS, [
    {
      text: "if (each.date === date && haveSameLines(each.given, given)) return each;",
      becomes: "if (haveSameLines(each.given, given)) return each;",
      promise: "an answer has the date of its own second",
    },
    {
      text: "if (some[i] !== others[i]) return false;",
      becomes: "",
      promise: "an answer has its own fields, and not those of one before",
    },
    {
      text: "head.reason === reason && known.contentLength === contentLength)",
      becomes: "head.reason === reason)",
      promise: "an answer has the length of its own content",
    },
  ]),
  ...mutantsOf(
    "http/server/outgoing-response.ts",
    [...CONNECTION, ...REQUIREMENTS, ...HANDLERS],
    [
      {
        text: 'if (http10) given = given.without("transfer-encoding");',
        becomes: "",
        promise: "an HTTP/1.0 client gets no transfer coding",
      },
      {
        text: 'if (request.method === "HEAD" || status === 205 || !mayHaveContent(status)) {',
        becomes: "if (status === 205 || !mayHaveContent(status)) {",
        promise: "the answer to HEAD has no content",
      },
      {
        text: "checkLength(given, length);",
        becomes: "",
        promise: "an answer whose length contradicts its content is not sent",
        tests: ["test/http/declared-length.test.ts"],
      },
      {
        text: "if (context.close || (isOurs && stream !== undefined && http10)) {",
        becomes: "if (context.close) {",
        promise: "a stream to an HTTP/1.0 client ends with the connection, and the answer says so",
      },
    ],
  ),
  ...mutantsOf(
    "http/server/request-body.ts",
    [...HANDLERS, ...CONNECTION],
    [
      {
        text: "if (this.#failure !== undefined) throw this.#failure;",
        becomes: "",
        promise: "content that was cut short does not end like complete content",
        tests: LIMITS,
      },
    ],
  ),
  ...mutantsOf(
    "http/server/files/byte-range.ts",
    ["test/http/byte-range.test.ts"],
    [
      {
        text: 'if (start >= size) return "unsatisfiable";',
        becomes: "",
        promise: "a range after the end of a file is refused",
      },
      {
        text: "Math.min(Number(last) + 1, size)",
        becomes: "Number(last) + 1",
        promise: "a range ends with its file",
      },
    ],
  ),
];
