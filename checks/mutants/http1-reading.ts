import { type Mutant, mutantsOf } from "./mutant.ts";

const WIRE = ["test/wire/wire.test.ts"];
const LIMITS = ["test/http1/limits.test.ts", ...WIRE];
const USUAL = ["test/http1/usual-head.test.ts", ...LIMITS];
const JOINED = ["test/http1/joined-chunks.test.ts", ...LIMITS];

/** What a peer may send: framing, grammar, limits. */
export const HTTP1_READING: readonly Mutant[] = [
  ...mutantsOf("http1/framing.ts", WIRE, [
    {
      text: "if (length !== undefined && !rules.codingWins)",
      becomes: "if (false)",
      promise: "a length beside a transfer coding is refused, since a proxy in front may use the other",
    },
    {
      text: 'if (version === "1.0" && !rules.codingWins)',
      becomes: "if (false)",
      promise: "a transfer coding in an HTTP/1.0 message is refused",
    },
    {
      text: 'if (codings.length === 1 && codings[0] === "chunked") return;',
      becomes: 'if (codings.at(-1) === "chunked") return;',
      promise: "the only accepted coding is chunked, and only once",
    },
    {
      text: "if (!(rules.equalContentLengths && lengths.every((length) => length === first))) {",
      becomes: "if (!rules.equalContentLengths) {",
      promise: "different lengths are refused, even with the switch for equal lengths",
    },
    {
      text: "if (!(rules.equalContentLengths && lengths.every((length) => length === first))) {",
      becomes: "if (!lengths.every((length) => length === first)) {",
      promise: "two equal lengths are refused, unless the switch for them is on",
    },
    {
      text: "if (digit < 0 || digit > 9) break;",
      becomes: "if (digit > 9) break;",
      promise: "a Content-Length has digits and no sign",
    },
    {
      text: "if (!Number.isSafeInteger(length)) {",
      becomes: "if (false) {",
      promise: "a Content-Length that a number cannot hold exactly is refused",
    },
    {
      text: "at < text.length && at < MAX_LENGTH_DIGITS; at++",
      becomes: "at < text.length; at++",
      promise: "a Content-Length has 16 digits at most",
    },
    {
      text: 'requestMethod !== "HEAD" && status >= 200',
      becomes: "status >= 200",
      promise: "the answer to HEAD has no content, whatever its length says",
    },
    {
      text: "status !== 204 && status !== 304",
      becomes: "status !== 204",
      promise: "a 304 has no content, whatever its length says",
    },
    {
      text: "(declared ?? CLOSE)",
      becomes: "(declared ?? NONE)",
      promise: "a response without a length ends with its connection",
    },
  ]),
  ...mutantsOf("http1/line-reader.ts", WIRE, [
    {
      text: 'if (bytes[at + 1] !== LF) throw this.refuse("BARE_CR", "a CR without LF", at, at + 1);',
      becomes: "",
      promise: "a CR without LF ends no line",
    },
    {
      text: "if (!this.#mayEndWithBareLf) throw",
      becomes: "if (false) throw",
      promise: "a bare LF ends no line of a request",
    },
    {
      text: "if (at - start >= maxBytes) throw",
      becomes: "if (false) throw",
      promise: "a line without an end is refused at its limit, and not kept for ever",
      tests: LIMITS,
    },
    {
      text: "if (bytes[start] !== CR) throw this.refuse(code, sentence, start, start + 1);",
      becomes: "",
      promise: "CRLF follows chunk-data, and not any two octets (CVE-2025-43859)",
    },
    {
      text: "if (bytes[start + 1] !== LF) throw this.refuse(code, sentence, start, start + 2);",
      becomes: "",
      promise: "LF follows the CR after chunk-data",
    },
  ]),
  ...mutantsOf("http1/fast/usual-head.ts", USUAL, [
    {
      text: "++count > maxFieldLines || i === ends.length",
      becomes: "++count < 0 || i === ends.length",
      promise: "the fast reader keeps the limit of field lines",
    },
    {
      text: "&& length <= maxHeadBytes;",
      becomes: ";",
      promise: "the fast reader keeps the limit of the head",
    },
    {
      text: "const lineEnd = at + 8;\n    if (lineEnd > limits.maxStartLineBytes || ",
      becomes: "const lineEnd = at + 8;\n    if (",
      promise: "the fast reader keeps the limit of the request-line",
    },
    {
      text: "((word - 0x20202020) | ((flipped - 0x01010101) & ~flipped))",
      becomes: "(word - 0x20202020)",
      promise: "the fast reader accepts no DEL in a field value",
    },
    {
      text: "if (octets[first] !== HTAB) return first;",
      becomes: "if (octets[first] !== HTAB && octets[first] !== 0x0b) return first;",
      promise: "the fast reader takes no control octet but HTAB in a field value",
    },
  ]),
  ...mutantsOf("http1/field-line.ts", WIRE, [
    {
      text: "if (!anyName || colon === -1) throw badName(reader, at);",
      becomes: "if (colon === -1 || at === start) throw badName(reader, at);",
      promise: "whitespace before the colon is refused, not skipped",
    },
    {
      text: "if (!isFieldContent(octet) && !(controlOctets && mayBeKept(octet))) {",
      becomes: "if (false) {",
      promise: "a field value has no control octets",
    },
  ]),
  ...mutantsOf("http1/field-section.ts", LIMITS, [
    {
      text: "if (!this.#rules.mayFold)",
      becomes: "if (false)",
      promise: "a folded field line of a request is refused",
      tests: WIRE,
    },
    {
      text: 'throw reader.refuse("WHITESPACE_BEFORE_FIELDS"',
      becomes: 'void reader.refuse("WHITESPACE_BEFORE_FIELDS"',
      promise: "whitespace before the first field line is refused, also where folded lines are accepted",
      tests: WIRE,
    },
    {
      text: "throw reader.refuse(tooMany, ",
      becomes: "void reader.refuse(tooMany, ",
      promise: "there are no more field lines than the limit says",
    },
    {
      text: "if (this.#bytes > maxBytes) throw",
      becomes: "if (false) throw",
      promise: "a section is not longer than the limit says",
    },
    {
      text: "has(name.toLowerCase())",
      becomes: "has(name)",
      promise: "fields that frame or authenticate are refused as trailers, in upper and lower case",
      tests: WIRE,
    },
  ]),
  ...mutantsOf("http1/chunked.ts", LIMITS, [
    {
      text: "if (digits > limits.maxChunkSizeDigits) {",
      becomes: "if (false) {",
      promise: "a chunk-size has no more digits than the limit says, and zeros count",
    },
    {
      text: "if (!Number.isSafeInteger(size)) {",
      becomes: "if (false) {",
      promise: "a chunk-size that a number cannot hold exactly is refused",
    },
    {
      text: "if (extLength > 0 && !anyExt) checkChunkExt(reader, at);",
      becomes: "",
      promise: "a chunk extension that breaks the grammar is refused",
    },
    {
      text: "if (extLength > limits.maxChunkExtBytes) {",
      becomes: "if (false) {",
      promise: "the extensions of one chunk have a limit",
    },
    {
      text: "if (bytes[at] === BACKSLASH) at++;",
      becomes: "",
      promise: "a quoted pair in a chunk extension does not end its string",
      tests: WIRE,
    },
    {
      text: '"transfer-encoding",\n  "trailer",',
      becomes: '"trailer",',
      promise: "Transfer-Encoding is no trailer",
      tests: WIRE,
    },
    {
      text: '"authorization",\n  "proxy-authorization",',
      becomes: '"proxy-authorization",',
      promise: "Authorization is no trailer",
      tests: WIRE,
    },
    {
      text: '"cookie",\n  "set-cookie",',
      becomes: '"cookie",',
      promise: "Set-Cookie is no trailer",
      tests: WIRE,
    },
  ]),
  ...mutantsOf("http1/fast/joined-chunks.ts", JOINED, [
    {
      text: "|| bytes[at] !== CR || bytes[at + 1] !== LF) return 0;",
      becomes: ") return 0;",
      promise: "small chunks are joined only over a real CRLF",
    },
    {
      text: "if (size === 0 || counts.chunkOverhead + overhead > maxOverhead(size)) break;",
      becomes: "if (size === 0) break;",
      promise: "chunks that are joined count as framing like the others",
    },
    {
      text: "if (digits === 0 || digits > maxDigits) break;",
      becomes: "if (digits === 0) break;",
      promise: "chunks that are joined keep the limit of digits",
      tests: ["test/http1/chunk-digits.test.ts"],
    },
  ]),
  ...mutantsOf("http1/body-reader.ts", LIMITS, [
    {
      text: "if (this.#chunkExtBytes > maxMessageChunkExtBytes) {",
      becomes: "if (false) {",
      promise: "the chunk extensions of a message have a limit (CVE-2024-22019)",
    },
    {
      text: "if (this.#counts.chunkOverhead > this.#allowedOverhead(size)) {",
      becomes: "if (false) {",
      promise: "far more framing than content is refused (CVE-2023-39326)",
    },
    {
      text: 'this.#phase = framing.kind === "length" && framing.length === 0 ? "end" : FIRST_PHASE[framing.kind];',
      becomes: "this.#phase = FIRST_PHASE[framing.kind];",
      promise: "content of no bytes is complete at once",
      tests: WIRE,
    },
  ]),
  ...mutantsOf("http1/start-line.ts", WIRE, [
    {
      text: "if (!isTargetOctet(octet)) {",
      becomes: "if (false) {",
      promise: "a request-target has only octets that a URI can have",
    },
    {
      text: "if (status < 100 || (statusEnd < end && bytes[statusEnd] !== SP)) {",
      becomes: "if (status < 100) {",
      promise: "a status code has three digits and not four",
    },
    {
      text: 'if (text[5] !== "1")',
      becomes: "if (false)",
      promise: "another major version is no HTTP/1 message",
    },
    {
      text: "if (!isFieldContent(octet) && !(leniency.controlOctets && mayBeKept(octet))) {",
      becomes: "if (false) {",
      promise: "a reason phrase has no control octets",
    },
    {
      text: "if (at === start || (at < end && bytes[at] !== SP)) {",
      becomes: "if (at === start) {",
      promise: "a method is a token",
    },
  ]),
  ...mutantsOf("http1/target.ts", WIRE, [
    {
      text: 'if (version === "1.0") return;',
      becomes: "return;",
      promise: "an HTTP/1.1 request without a Host is refused",
    },
    {
      text: "if (!isHost(host)) {",
      becomes: "if (false) {",
      promise: "a Host that is not a valid host is refused",
    },
    {
      text: "withoutDefaultPort(target, authority) !== withoutDefaultPort(target, host)",
      becomes: "false",
      promise: "Host and the authority of the target have to agree",
    },
    {
      text: "return isHost(authority) ? authority : undefined;",
      becomes: "return authority;",
      promise: "a target with credentials, or without a host, is refused",
    },
    {
      text: 'target.includes(":") && Number(port) > 0 && isHost(target)',
      becomes: 'target.includes(":") && isHost(target)',
      promise: "CONNECT needs a port",
    },
    {
      text: 'if (method === "OPTIONS") return "asterisk";',
      becomes: 'return "asterisk";',
      promise: 'the target "*" is for OPTIONS alone',
    },
  ]),
  ...mutantsOf("http1/host.ts", WIRE, [
    {
      text: "Number(text) <= MAX_PORT",
      becomes: "true",
      promise: "a port in Host is 65535 at most",
    },
    {
      text: "const fits = back === undefined ? count === 8 : count < 8;",
      becomes: "const fits = count <= 8;",
      promise: "an IPv6 address in Host has eight groups",
    },
    {
      text: "&& Number(octet) <= 255",
      becomes: "",
      promise: "an octet of an IPv4 address in brackets is 255 at most",
    },
    {
      text: "return isEvery(text, HOST);",
      becomes: "return true;",
      promise: "a Host has only octets that a host can have",
    },
  ]),
  ...mutantsOf("http1/message-reader.ts", WIRE, [
    {
      text: "if (++this.#informational > this.#limits.maxInformational) {",
      becomes: "if (false) {",
      promise: "interim responses have a limit",
      tests: LIMITS,
    },
    {
      text: "if (status === 101 && !this.#context.asksForUpgrade) {",
      becomes: "if (false) {",
      promise: "a 101 that nobody asked for is refused",
    },
    {
      text: "if (++this.#emptyLines > maxEmptyLines) {",
      becomes: "if (false) {",
      promise: "empty lines before a request have a limit",
      tests: LIMITS,
    },
    {
      text: "if (this.#ended && this.inMessage) throw this.#cutOff();",
      becomes: "",
      promise: "a message that is cut off is an error, not a complete message",
    },
    {
      text: "leniency.bareLf === true, observer)",
      becomes: "true, observer)",
      promise: "a bare LF ends no line of a response, unless the switch for it is on",
    },
    {
      text: "leniency.obsFold === true,",
      becomes: "true,",
      promise: "a folded line of a response is refused, unless the switch for it is on",
    },
    {
      text: "leniency.equalContentLengths === true,",
      becomes: "true,",
      promise: "equal lengths of a response are refused, unless the switch for them is on",
    },
    {
      text: "this.#informational = 0;\n    this.#mayBeUsual = true;",
      becomes: "this.#mayBeUsual = true;",
      promise: "interim responses are counted for each response anew",
    },
    {
      text: "this.#fields.reset();",
      becomes: "",
      promise: "each head of a connection has the whole limit",
      tests: LIMITS,
    },
  ]),
];
