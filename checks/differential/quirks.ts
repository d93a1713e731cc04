import { FORBIDDEN_TRAILERS } from "../../src/http1/chunked.ts";
import {
  CHUNK_LINE,
  has,
  hasHostFault,
  hasTargetFault,
  isFramed,
  isFramedConnect,
  methodOf,
  onlyWeRefuse,
  opensTunnel,
  ourLine,
  ourOctet,
  statusOf,
  stoppedBetweenMessages,
  targetOf,
  theyEnd,
  theyRefuse,
  valuesOf,
  versionOf,
  weEnd,
  weRefuse,
} from "./evidence.ts";
import { METHOD_NAMES } from "./llhttp-user.ts";
import type { Disagreement, OracleName } from "./panel.ts";

/** A known way in which other parsers differ from ours, and why we keep ours. */
export interface Quirk {
  readonly id: string;
  readonly who: readonly OracleName[];
  readonly what: string;
  readonly why: string;
  readonly section: string;
  /** The RFC leaves no choice, so we may be alone. */
  readonly othersAreWrong?: true;
  /** Whether this quirk explains the disagreement, judged by the bytes and by what the other parser made of them. */
  explains(disagreement: Disagreement): boolean;
}

const LLHTTP: readonly OracleName[] = ["node", "llhttp"];
const H11: readonly OracleName[] = ["h11"];
const ALL: readonly OracleName[] = ["node", "llhttp", "h11"];

/** `what` says what the other parsers do. */
export const QUIRKS: readonly Quirk[] = [
  // We refuse, and they accept.
  {
    id: "host",
    who: ALL,
    what: "accept a Host that is missing, doubled, malformed, empty or not the target's",
    why: "a server MUST refuse the first three, and may refuse the fourth (§3.3): no http URI has an empty host. llhttp leaves this to its user, and h11 only counts the Host lines. As to the last, a proxy in front that routed by Host has seen another authority",
    section: "RFC 9112 §3.2, §3.2.2",
    explains: (d) => onlyWeRefuse(d, /_HOST$|^HOST_MISMATCH$/) && hasHostFault(d.their),
  },
  {
    id: "target",
    who: ALL,
    what: "accept a request-target in none of the four forms, or in one that the method cannot have",
    why: "the grammar does not allow it; they check single octets, if anything",
    section: "RFC 9112 §3.2",
    explains: (d) => onlyWeRefuse(d, /^(TARGET_FORM_MISMATCH|INVALID_TARGET)$/) && hasTargetFault(d.their),
  },
  {
    id: "blanks",
    who: LLHTTP,
    what: "skip whitespace around the request-target",
    why: "the grammar has a single SP; a proxy in front may split the line elsewhere",
    section: "RFC 9112 §3",
    explains: (d) =>
      onlyWeRefuse(d, /^(WHITESPACE_IN_TARGET|MALFORMED_REQUEST_LINE|HTTP_09)$/) &&
      / {2}| $/.test(ourLine(d)),
  },
  {
    id: "version",
    who: ALL,
    what: "accept another major version than 1, or none at all",
    why: "a message of another major version cannot be read as HTTP/1.1; HTTP/0.9 has no framing",
    section: "RFC 9110 §2.5, RFC 9112 §2.3",
    explains: (d) =>
      onlyWeRefuse(d, /^(UNSUPPORTED_VERSION|INVALID_VERSION|HTTP_09|BARE_LF)$/) &&
      !/^1\.[01]$/.test(versionOf(d.their)),
  },
  {
    id: "protocol-name",
    who: LLHTTP,
    what: "accept RTSP/ and ICE/ in place of HTTP/",
    why: "they are other protocols",
    section: "RFC 9112 §2.3",
    explains: (d) =>
      onlyWeRefuse(d, /^(INVALID_VERSION|MALFORMED_STATUS_LINE)$/) &&
      (/^(RTSP|ICE)\//.test(d.input.text.slice(d.ourOffset)) || / (RTSP|ICE)\/[0-9.]+$/.test(ourLine(d))),
  },
  {
    id: "line-ends-between",
    who: LLHTTP,
    what: "skip line ends before a status-line, and any CR or LF before a request-line",
    why: "only servers may skip them, and only CRLF; a client that skips octets does not know where it is in the stream",
    section: "RFC 9112 §2.2",
    explains: (d) =>
      weRefuse(d, /^(MALFORMED_STATUS_LINE|BARE_CR|BARE_LF|INCOMPLETE_HEAD)$/) && stoppedBetweenMessages(d),
  },
  {
    id: "status",
    who: LLHTTP,
    what: "accept a status code below 100, and a 101 (Switching Protocols) that nobody asked for",
    why: "there is no class 0; a server may only switch to a protocol that the request offered, and llhttp does not know the request",
    section: "RFC 9110 §15, §7.8",
    explains: (d) => onlyWeRefuse(d, /^(INVALID_STATUS|UNASKED_SWITCH)$/) && statusOf(d.their) <= 101,
  },
  {
    id: "control-octets",
    who: ALL,
    what: "accept control octets: all of them in a reason-phrase, h11 in field values too",
    why: "the grammar allows only HTAB; the others attack logs and terminals",
    section: "RFC 9110 §5.5, RFC 9112 §4",
    explains: (d) =>
      onlyWeRefuse(d, d.who === "h11" ? /^INVALID_(FIELD_VALUE|REASON)$/ : /^INVALID_REASON$/) &&
      isControl(ourOctet(d)),
  },
  {
    id: "line-ends",
    who: ALL,
    what: "end a line with LF alone (h11), or a status-line with two CR (llhttp before 9.4, as undici has it)",
    why: "the RFC permits the first but not the second; a proxy in front would see one line where we see two",
    section: "RFC 9112 §2.2",
    explains: (d) =>
      d.who === "h11"
        ? weRefuse(d, /^BARE_LF$/) && ourOctet(d) === "\n"
        : onlyWeRefuse(d, /^BARE_CR$/) && d.input.text.startsWith("\r\r", d.ourOffset),
  },
  {
    id: "fold",
    who: H11,
    what: "joins folded lines",
    why: "a server may refuse them; if a proxy in front does not join them, the two read different messages",
    section: "RFC 9112 §5.2",
    explains: (d) => onlyWeRefuse(d, /^FOLDED_LINE$/) && /[ \t]/.test(ourOctet(d)),
  },
  {
    id: "two-lengths",
    who: ALL,
    what: "let Transfer-Encoding win over Content-Length (llhttp before 9.4 only if it is empty), and read equal Content-Lengths as one (h11)",
    why: "the RFC permits both, and also permits us to refuse; a program on the way may have chosen the other",
    section: "RFC 9112 §6.3, RFC 9110 §8.6",
    explains: (d) =>
      onlyWeRefuse(d, /^(LENGTH_AND_CODING|DUPLICATE_CONTENT_LENGTH)$/) &&
      has(d.their, "content-length") &&
      (d.who === "h11" || valuesOf(d.their, "transfer-encoding").join() === ""),
  },
  {
    id: "long-lengths",
    who: ALL,
    what: "accept a Content-Length or a chunk-size of more than 16 digits or above 2^53 - 1, if no content follows",
    why: "such a number has leading zeros, or is meant to overflow an integer",
    section: "RFC 9110 §8.6, RFC 9112 §7.1",
    explains: (d) =>
      onlyWeRefuse(d, /^INVALID_(CONTENT_LENGTH|CHUNK_SIZE)$|^CONTENT_LENGTH_TOO_LARGE$/) &&
      [ourLine(d), ...valuesOf(d.their, "content-length")].some((text) => /^[0-9A-Fa-f]{16,}/.test(text)),
  },
  {
    id: "coding-in-1.0",
    who: ALL,
    what: "accept Transfer-Encoding in an HTTP/1.0 message",
    why: "its framing has to be treated as faulty: HTTP/1.0 knows no transfer codings",
    section: "RFC 9112 §6.1",
    explains: (d) =>
      onlyWeRefuse(d, /^TRANSFER_CODING_IN_HTTP_10$/) &&
      versionOf(d.their) === "1.0" &&
      has(d.their, "transfer-encoding"),
  },
  {
    id: "other-codings",
    who: LLHTTP,
    what: "accept other codings than one `chunked`: they hand on the content undecoded, or read it until the connection ends",
    why: "we know no other coding, and the reader of the content would get it coded",
    section: "RFC 9112 §6.1, §6.3",
    explains: (d) =>
      onlyWeRefuse(d, /^(INVALID|UNKNOWN)_TRANSFER_CODING$/) &&
      valuesOf(d.their, "transfer-encoding").join() !== "chunked",
  },
  {
    id: "chunk-line",
    who: ALL,
    what: "accept invalid chunk extensions: h11 anything after `;` and whitespace, llhttp empty names and values",
    why: "a reader that ends such a line elsewhere reads other chunks (CVE-2025-55315)",
    section: "RFC 9112 §7.1.1",
    explains: (d) =>
      onlyWeRefuse(d, /^INVALID_CHUNK_(EXT|SIZE)$|^BARE_(CR|LF)$/) &&
      /^[0-9A-Fa-f]+[ \t]*(;|$)/.test(ourLine(d)) &&
      !CHUNK_LINE.test(ourLine(d)),
  },
  {
    id: "forbidden-trailers",
    who: ALL,
    what: "accept trailer fields that frame, route or describe the message",
    why: "they are needed before the content, and are dangerous if they are merged into the header section",
    section: "RFC 9110 §6.5.1",
    explains: (d) =>
      onlyWeRefuse(d, /^FORBIDDEN_TRAILER$/) &&
      d.their?.trailers.some(([name]) => FORBIDDEN_TRAILERS.has(name)) === true,
  },
  // We accept, and they refuse or read something else.
  {
    id: "bad-whitespace",
    who: ALL,
    what: "refuse whitespace around the `;` and `=` of a chunk extension",
    why: "a recipient MUST parse such whitespace and remove it",
    section: "RFC 9112 §7.1.1, RFC 9110 §5.6.3",
    othersAreWrong: true,
    explains: (d) =>
      theyRefuse(d, /chunk|content/i) &&
      has(d.our, "transfer-encoding") &&
      /^[0-9A-Fa-f]+[^\r\n]*([ \t][;=]|[;=][ \t])/m.test(d.input.text),
  },
  {
    id: "methods",
    who: LLHTTP,
    what: "know a closed list of methods",
    why: "any token is a method; the answer to an unknown method is 501",
    section: "RFC 9110 §9.1",
    explains: (d) =>
      d.our !== undefined && theyRefuse(d, /method|HTTP\/2 Connection/) && !HTTP_METHODS.has(methodOf(d.our)),
  },
  {
    id: "minor-version",
    who: LLHTTP,
    what: "refuse HTTP/1.2 to HTTP/1.9",
    why: "a higher minor version is read as the highest known minor version",
    section: "RFC 9110 §2.5",
    explains: (d) => d.our !== undefined && theyRefuse(d, /version/) && /HTTP\/1\.[2-9]/.test(d.input.text),
  },
  {
    id: "empty-line",
    who: H11,
    what: "refuses an empty line before a request-line",
    why: "a server SHOULD ignore at least one",
    section: "RFC 9112 §2.2",
    explains: (d) => theyRefuse(d, /^no request line received/) && /(^|\n)\r\n/.test(d.input.text),
  },
  {
    id: "scheme",
    who: LLHTTP,
    what: "refuse a URI scheme with digits, `+`, `-` or `.`",
    why: "all of these may follow the first letter of a scheme",
    section: "RFC 3986 §3.1",
    explains: (d) => theyRefuse(d, /schema/) && /^[A-Za-z]+[0-9+.-]/.test(targetOf(d.our)),
  },
  {
    id: "tunnel",
    who: ALL,
    what: "refuse a successful answer to CONNECT because of its framing fields",
    why: "the answer has no content, and a client MUST ignore these fields",
    section: "RFC 9110 §9.3.6",
    othersAreWrong: true,
    explains: (d) => opensTunnel(d) && isFramed(d.our),
  },
  {
    id: "tab-behind-value",
    who: LLHTTP,
    what: "read a HTAB after the value of Content-Length, Transfer-Encoding or Connection as a part of the value",
    why: "the whitespace after a value is SP or HTAB, and is not part of the value",
    section: "RFC 9112 §5, RFC 9110 §5.6.3",
    explains: (d) =>
      [d.our ?? d.their, d.theirs.messages[d.at - 1]].some(
        (one) => isFramed(one) || has(one, "connection"),
      ) && /^(content-length|transfer-encoding|connection):[^\r\n]*\t[ \t]*\r$/im.test(d.input.text),
  },
  {
    id: "connect-content",
    who: LLHTTP,
    what: "read no content of a CONNECT request, whatever its fields say",
    why: "the framing of a request does not depend on its method",
    section: "RFC 9112 §6",
    explains: (d) => [d.at, d.at - 1].some((at) => isFramedConnect(d, at)),
  },
  {
    id: "persistence",
    who: ALL,
    what: "end the connection after any HTTP/1.0 message (h11), for Proxy-Connection, or after an interim response that says so (llhttp); let keep-alive win over close in HTTP/1.0 (llhttp)",
    why: "HTTP/1.0 has keep-alive if asked for; close wins; Proxy-Connection has no meaning; an interim response is never the last one",
    section: "RFC 9112 §9.3, §C.2.2",
    explains: (d) => {
      const last = d.theirs.messages[d.at - 1];
      if (d.who === "h11") return theyEnd(d) && versionOf(last) === "1.0" && has(last, "connection");
      return theyEnd(d)
        ? statusOf(last) < 200 || has(last, "proxy-connection")
        : weEnd(d) && versionOf(last) === "1.0" && /keep-alive/i.test(valuesOf(last, "connection").join());
    },
  },
];

/** The methods that llhttp knows for HTTP, not for RTSP. */
const HTTP_METHODS = new Set([...METHOD_NAMES.slice(0, METHOD_NAMES.indexOf("PRI")), "QUERY"]);

const isControl = (octet: string): boolean => (octet < " " && octet !== "\t") || octet === "\x7f";
