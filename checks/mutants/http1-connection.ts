import { type Mutant, mutantsOf } from "./mutant.ts";

const WIRE = ["test/wire/wire.test.ts"];
const SEND = ["test/http1/send.test.ts", "test/http1/states.test.ts", ...WIRE];
const STATES = ["test/http1/states.test.ts", "test/http1/send.test.ts", ...WIRE];

/** What we may send, which end may act next, and when a connection may be used again. */
export const HTTP1_CONNECTION: readonly Mutant[] = [
  ...mutantsOf("http1/encode.ts", SEND, [
    {
      text: "if (!isEvery(name, TCHAR))",
      becomes: "if (false)",
      promise: "a field name that could end its line is never sent",
    },
    {
      text: 'if (value !== "" && !isEvery(value, FIELD_CONTENT)) throw invalidValue(name, value);',
      becomes: "if (false) throw invalidValue(name, value);",
      promise: "a field value that could end its line is never sent",
    },
    {
      text: "if (!isEvery(target, TARGET))",
      becomes: "if (false)",
      promise: "a request-target that could end its line is never sent",
    },
    {
      text: "if (!isEvery(method, TCHAR))",
      becomes: "if (false)",
      promise: "a method that could end its part of the line is never sent",
    },
    {
      text: 'if (reason !== "" && !isEvery(reason, FIELD_CONTENT))',
      becomes: "if (false)",
      promise: "a reason phrase that could end its line is never sent",
    },
    {
      text: 'if (version !== "1.1" && version !== "1.0")',
      becomes: "if (false)",
      promise: "only version 1.1 or 1.0 is sent, even if the caller has no types",
    },
    {
      text: "if (FORBIDDEN_TRAILERS.has(name.toLowerCase()))",
      becomes: "if (false)",
      promise: "a framing field is never sent as a trailer",
    },
    {
      text: 'local("INVALID_FIELD_VALUE", sentence, wrongCharacter(value, FIELD_CONTENT));',
      becomes: 'local("INVALID_FIELD_VALUE", sentence, value);',
      promise: "the error about a field value does not show the value, which may be a secret",
      tests: ["test/http1/same-head.test.ts"],
    },
  ]),
  ...mutantsOf(
    "http1/fast/last-head.ts",
    ["test/http1/same-head.test.ts"],
    [
      {
        text: "head.fields === this.#fields &&",
        becomes: "",
        promise: "a head that was sent before is used again only for the same fields",
      },
      {
        text: "secondOf(head) === this.#second &&",
        becomes: "",
        promise: "a head that was sent before is used again only for the same target",
      },
    ],
  ),
  ...mutantsOf("http1/message-writer.ts", SEND, [
    {
      text: "if (bytes.length > this.#remaining) throw",
      becomes: "if (false) throw",
      promise: "no more content is sent than Content-Length says",
    },
    {
      text: "if (this.#remaining > 0) throw tooShort(this.#remaining);",
      becomes: "",
      promise: "content that is shorter than its length cannot be ended",
    },
    {
      text: "checkLength(framing, content.length);",
      becomes: "",
      promise: "content that is sent with its head has the length that the head says",
    },
    {
      text: "if (status < 200 || status === 204 || switchesToTunnel(status, method)) {",
      becomes: "if (false) {",
      promise: "an answer that cannot have content has no framing fields",
    },
    {
      text: 'if (head.type === "response" && status === 101 && !asksForUpgrade) {',
      becomes: "if (false) {",
      promise: "a 101 that nobody asked for is never sent",
    },
    {
      text: 'if (head.type === "informational") {',
      becomes: "if (false) {",
      promise: "no interim response is sent to an HTTP/1.0 client",
    },
    {
      text: 'if (fields.has("transfer-encoding")) {',
      becomes: "if (false) {",
      promise: "no transfer coding is sent to an HTTP/1.0 client",
    },
  ]),
  ...mutantsOf("http1/fast/last-framing.ts", SEND, [
    {
      text: "head.fields === this.#fields &&",
      becomes: "",
      promise: "the fields of an answer frame it, and not those of the answer before",
    },
    {
      text: "method === this.#method &&",
      becomes: "",
      promise: "the answer to HEAD has no content, even after a GET with the same answer",
    },
    {
      text: "head.status === this.#status &&",
      becomes: "",
      promise: "the status of an answer frames it, and not that of the answer before",
    },
  ]),
  ...mutantsOf("http1/connection.ts", STATES, [
    {
      text: 'if (this.role === "client" && nothingAsked && reader.bufferedBytes > 0) {',
      becomes: "if (false) {",
      promise: "bytes that answer no request are an error (CVE-2026-48931)",
    },
    {
      text: "|| isLast) life.persistent = false;",
      becomes: ") life.persistent = false;",
      promise: "a connection whose end completed the content is not used again",
    },
    {
      text: "if (this.#failure !== undefined) throw this.#failure;",
      becomes: "",
      promise: "nothing is read after an error",
    },
    {
      text: "if (this.#requestsDecide && !allowsPersistence(version, fields)) this.#life.persistent = false;",
      becomes: "",
      promise: "a request that says close is the last of its connection",
    },
    {
      text: "this.#answerRefused();",
      becomes: "",
      promise: "a refused HEAD is still treated as a HEAD",
    },
    {
      text: "if (!this.#life.may(this.role, type)) {",
      becomes: "if (false) {",
      promise: "nothing is sent out of turn",
    },
  ]),
  ...mutantsOf("http1/requests-ahead.ts", STATES, [
    {
      text: 'if (method === "CONNECT" || asksForUpgrade(version, fields) || asksForContinue(version, fields)) {',
      becomes: "if (false) {",
      promise: "a request whose answer decides what comes next is not pipelined",
    },
  ]),
  ...mutantsOf("http1/state.ts", STATES, [
    {
      text: '["server", "idle", "asked", "send-response"],',
      becomes: '["server", "idle", "asked", "send-response"], ["server", "done", "asked", "send-response"],',
      promise: "a server that has answered a request before it came does not answer it again",
    },
    {
      text: '["client", "done", "notPersistent", "must-close"],',
      becomes: "",
      promise: "a client sends nothing behind its last request",
    },
    {
      text: '["server", "done", "notPersistent", "must-close"],',
      becomes: "",
      promise: "a server sends nothing behind its last response",
    },
    {
      text: '["client", "might-switch", "switchRefusedAtLast", "must-close"],',
      becomes: '["client", "might-switch", "switchRefusedAtLast", "done"],',
      promise: "a refused switch does not let a connection go on that ends",
    },
  ]),
  ...mutantsOf("http1/life-cycle.ts", STATES, [
    {
      text: "asksToSwitch && this.server === ",
      becomes: "asksToSwitch || this.server === ",
      promise: "only CONNECT and Upgrade wait for a switch, and only before the response",
    },
    {
      text: "if (isLast) this.persistent = false;",
      becomes: "",
      promise: "a pipelined request that says close is the last of its connection",
    },
    {
      text: "isLast || !this.persistent",
      becomes: "!this.persistent",
      promise: "a pipelined request that says close is the last one that a client sends",
    },
  ]),
  ...mutantsOf("http1/persistence.ts", STATES, [
    {
      text: 'if (options.includes("close")) return false;',
      becomes: "",
      promise: "close ends the connection even if there are other connection options",
    },
    {
      text: 'return version === "1.1" && fields.controls && fields.value("expect")',
      becomes: 'return fields.controls && fields.value("expect")',
      promise: "Expect means nothing in HTTP/1.0",
    },
  ]),
  ...mutantsOf(
    "http1/fields.ts",
    ["test/http1/fields.test.ts"],
    [
      {
        text: "if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return i;",
        becomes: "if (name === lowerCaseName) return i;",
        promise: "a field is found in upper and lower case",
      },
      {
        text: "if (each.toLowerCase() !== wanted) lines.push(each, value);",
        becomes: "if (each !== name) lines.push(each, value);",
        promise: "a field is removed in upper and lower case",
      },
    ],
  ),
  ...mutantsOf(
    "bytes/receive-buffer.ts",
    ["test/bytes/receive-buffer.test.ts"],
    [
      {
        text: "} else if (this.bytes !== this.#own) {",
        becomes: "} else if (false) {",
        promise: "kept bytes do not change when the memory they arrived in is used again",
      },
      {
        text: "if (this.#own.length > FIRST_CAPACITY) this.#own = NOTHING;",
        becomes: "",
        promise: "an idle connection does not hold the memory of one huge head",
      },
    ],
  ),
];
