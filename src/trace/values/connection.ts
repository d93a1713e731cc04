import { counted } from "../../bytes/text.ts";
import { isHost } from "../../http1/host.ts";
import type { ValuePart, ValueReader } from "./part.ts";
import { durationOf, isToken, listOf, pairOf, part, type Range, split, textOf } from "./scan.ts";

/** A list of tokens, each with its meaning. */
const tokens =
  (
    kind: ValuePart["kind"],
    section: string,
    meaningOf: (text: string, range: Range, value: string) => string,
    problemOf?: (text: string) => string | undefined,
  ): ValueReader =>
  (value) =>
    listOf(value).map((range) => {
      const text = textOf(value, range).toLowerCase();
      const problem = isToken(text)
        ? problemOf?.(text)
        : "a token is expected: letters, digits and a few signs";
      return part(kind, range, meaningOf(text, range, value), section, problem);
    });

/** Fields that no Connection option may name: every recipient needs them (RFC 9110 §7.6.1). */
const END_TO_END = new Set([
  "cache-control",
  "host",
  "content-length",
  "authorization",
  "cookie",
  "set-cookie",
  "content-type",
]);

/** Connection (RFC 9110 §7.6.1). */
export const connection = tokens(
  "connection-option",
  "RFC 9110 §7.6.1",
  (text) => {
    switch (text) {
      case "close":
        return "the connection ends after this message and its response";
      case "keep-alive":
        return "the connection stays open; HTTP/1.1 does so by default";
      case "upgrade":
        return "Upgrade is for this connection alone";
      case "te":
        return "TE is for this connection alone";
      default:
        return "the field of this name is for this connection alone: a proxy removes it";
    }
  },
  (text) =>
    END_TO_END.has(text) ? "this field is meant for every recipient: it must not be listed here" : undefined,
);

const TRANSFER_CODINGS: Readonly<Record<string, string>> = {
  chunked: "in chunks, each with its size; the last chunk ends the body",
  gzip: "compressed with gzip, on this connection alone",
  "x-gzip": "compressed with gzip, by its old name",
  deflate: "compressed with zlib, on this connection alone",
  compress: "compressed with LZW, obsolete",
  "x-compress": "compressed with LZW, by its old name",
  identity: "no coding; removed from HTTP by RFC 7230",
};

/** Transfer-Encoding: codings in the order in which they were applied (RFC 9112 §6.1). */
export const transferEncoding: ValueReader = (value) => {
  const list = listOf(value);
  return list.map((range, index) => {
    const [coding = range] = split(value, ";", range);
    const text = textOf(value, coding).toLowerCase();
    const known = Object.hasOwn(TRANSFER_CODINGS, text) ? TRANSFER_CODINGS[text] : undefined;
    const last = index === list.length - 1;
    const problem =
      text === "chunked" && !last
        ? "chunked is expected last, and once"
        : text === "identity"
          ? "identity is no coding any more"
          : known === undefined
            ? "a registered coding is expected: a reader that does not know it cannot find the end"
            : undefined;
    return part("coding", range, known ?? "a coding that no registry has", "RFC 9112 §7", problem);
  });
};

/** Content-Length (RFC 9110 §8.6). */
export const contentLength: ValueReader = (value) => {
  const whole = { start: 0, end: value.length };
  if (!/^\d+$/.test(value))
    return [
      part(
        "length",
        whole,
        "how long the content is",
        "RFC 9110 §8.6",
        "decimal digits are expected, and nothing else",
      ),
    ];
  const number = Number(value);
  const meaning = Number.isSafeInteger(number)
    ? `${counted(number, "byte")} of content`
    : "more bytes than a program can count exactly";
  return [part("length", whole, meaning, "RFC 9110 §8.6")];
};

/** Host (RFC 9110 §7.2). */
export const host: ValueReader = (value) => {
  if (value === "") return [];
  const colon = value.indexOf(":", value.startsWith("[") ? Math.max(value.indexOf("]"), 0) : 0);
  const end = colon === -1 ? value.length : colon;
  const name = part(
    "host",
    { start: 0, end },
    "the host that is meant",
    "RFC 3986 §3.2.2",
    isHost(value) || /\*/.test(value)
      ? undefined
      : "a host name or address is expected, with an optional port",
  );
  if (colon === -1 || colon + 1 >= value.length) return [name];
  return [
    name,
    part("port", { start: colon + 1, end: value.length }, "the port that is meant", "RFC 3986 §3.2.3"),
  ];
};

const PROTOCOLS: Readonly<Record<string, string>> = {
  websocket: "WebSocket (RFC 6455)",
  h2c: "HTTP/2 without TLS, deprecated (RFC 9113 §3.1)",
  tls: "TLS within HTTP/1.1 (RFC 2817)",
  "connect-udp": "UDP through a proxy (RFC 9298)",
  "connect-ip": "IP through a proxy (RFC 9484)",
  http: "another version of HTTP",
};

/** Upgrade (RFC 9110 §7.8). */
export const upgrade: ValueReader = (value) =>
  listOf(value).map((range) => {
    const text = textOf(value, range).toLowerCase();
    const [name = "", version, ...more] = text.split("/");
    const known = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
    const valid = isToken(name) && more.length === 0 && (version === undefined || isToken(version));
    const problem = valid ? undefined : "a protocol is expected: a name, or name/version";
    return part("member", range, known ?? "a protocol", "RFC 9110 §7.8", problem);
  });

/** Keep-Alive: hints of the sender (RFC 2068 §19.7.1.1). */
export const keepAlive: ValueReader = (value) =>
  listOf(value).map((range) => {
    const { name, value: text = "", problem } = pairOf(value, range);
    const length = durationOf(text);
    const number = length === undefined ? "a whole number is expected" : undefined;
    if (name === "timeout")
      return part(
        "parameter",
        range,
        `an idle connection is kept for ${length ?? "a while"}`,
        "RFC 2068 §19.7.1.1",
        problem ?? number,
      );
    if (name === "max")
      return part(
        "parameter",
        range,
        "so many more requests on this connection",
        "RFC 2068 §19.7.1.1",
        problem ?? number,
      );
    return part("parameter", range, "an extension", "RFC 2068 §19.7.1.1", problem);
  });

/** Trailer: names of fields (RFC 9110 §6.6.2). */
export const trailer = tokens("name", "RFC 9110 §6.6.2", () => "this field follows the content");

/** Vary: names of fields, or * (RFC 9110 §12.5.5). */
export const vary = tokens("name", "RFC 9110 §12.5.5", (text) =>
  text === "*"
    ? "depends on more than fields: no cache can use it again"
    : "the response depends on this field of the request",
);

/** Allow: methods (RFC 9110 §10.2.1). Case counts. */
export const allow: ValueReader = (value) =>
  listOf(value).map((range) => {
    const text = textOf(value, range);
    const problem = isToken(text) ? undefined : "a method is expected";
    const lower =
      problem === undefined && /^(?:get|head|post|put|delete|options|patch)$/.test(text)
        ? "methods are case-sensitive: capitals are expected"
        : undefined;
    return part("method", range, "a method that the resource takes", "RFC 9110 §10.2.1", problem ?? lower);
  });

/** Expect (RFC 9110 §10.1.1). */
export const expect: ValueReader = (value) =>
  listOf(value).map((range) => {
    const known = textOf(value, range).toLowerCase() === "100-continue";
    return known
      ? part(
          "member",
          range,
          "the client waits for 100 (Continue) before it sends the content",
          "RFC 9110 §10.1.1",
        )
      : part(
          "member",
          range,
          "an expectation",
          "RFC 9110 §10.1.1",
          "only 100-continue is defined: a server may answer 417",
        );
  });
