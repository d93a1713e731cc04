import { CR, FIELD_CONTENT, isEvery, LF, type OctetClass, TARGET, TCHAR } from "../bytes/octets.ts";
import { latin1Bytes, quote } from "../bytes/text.ts";
import { FORBIDDEN_TRAILERS } from "./chunked.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
import type { InformationalHead, RequestHead, ResponseHead } from "./events.ts";
import { EMPTY_FIELDS, type Fields } from "./fields.ts";
import { checkHost, targetForm } from "./target.ts";

/*
 * The one gate through which text reaches the wire. Whatever could end a line, or begin another message, is an
 * error here, wherever the string came from (response splitting, CRLF injection). Strings are latin1: one
 * character, one octet.
 */

const LOCAL = { blame: "local" } as const;

type Head = RequestHead | InformationalHead | ResponseHead;

/** The head that was sent last: whoever sends it again has it checked and put together. Its parts, for a head may change. */
const last = {
  type: "",
  first: "" as string | number,
  second: "",
  version: "",
  fields: EMPTY_FIELDS,
  text: "",
};

/** @throws {ProtocolError} blame "local". */
export function encodeHead(head: Head): string {
  const { type, version, fields } = head;
  const first = head.type === "request" ? head.method : head.status;
  const second = head.type === "request" ? head.target : head.reason;
  const isLast =
    fields === last.fields &&
    second === last.second &&
    first === last.first &&
    type === last.type &&
    version === last.version;
  if (isLast) return last.text;
  const startLine = head.type === "request" ? requestLine(head) : statusLine(head);
  last.text = `${startLine}\r\n${fields.wireText(fieldLines)}\r\n`;
  last.type = type;
  last.first = first;
  last.second = second;
  last.version = version;
  last.fields = fields;
  return last.text;
}

/** The zero chunk and the trailer section behind it. */
export function encodeLastChunk(trailers: Fields): string {
  for (const [name] of trailers) {
    if (FORBIDDEN_TRAILERS.has(name.toLowerCase()))
      throw local("FORBIDDEN_TRAILER", "not a field for a trailer section", name);
  }
  return `0\r\n${trailers.wireText(fieldLines)}\r\n`;
}

/** One chunk around `data` (RFC 9112 §7.1). */
export function encodeChunk(data: Uint8Array): Uint8Array {
  const line = latin1Bytes(`${data.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(line.length + data.length + 2);
  chunk.set(line);
  chunk.set(data, line.length);
  chunk[chunk.length - 2] = CR;
  chunk[chunk.length - 1] = LF;
  return chunk;
}

function requestLine({ method, target, version, fields }: RequestHead): string {
  if (!isEvery(method, TCHAR))
    throw local("INVALID_METHOD", "the method is not a token", stranger(method, TCHAR));
  if (!isEvery(target, TARGET))
    throw local(
      "INVALID_TARGET",
      "the request-target has an octet that a URI cannot have",
      stranger(target, TARGET),
    );
  targetForm(method, target, LOCAL);
  checkHost(target, version, fields, LOCAL);
  checkVersion(version);
  return `${method} ${target} HTTP/${version}`;
}

function statusLine({ type, status, reason, version }: InformationalHead | ResponseHead): string {
  const inRange =
    type === "informational"
      ? status >= 100 && status < 200 && status !== 101
      : status === 101 || status >= 200;
  if (!Number.isInteger(status) || status > 999 || !inRange) {
    throw local("INVALID_STATUS", `not the status code of a ${type} head`, String(status));
  }
  if (reason !== "" && !isEvery(reason, FIELD_CONTENT))
    throw local(
      "INVALID_REASON",
      "the reason phrase has an octet that ends lines or is no latin1",
      stranger(reason, FIELD_CONTENT),
    );
  checkVersion(version);
  return `HTTP/${version} ${status} ${reason}`;
}

/** The type says as much; but not every caller has types, and here a string reaches the wire. */
function checkVersion(version: string): void {
  if (version !== "1.1" && version !== "1.0")
    throw local("INVALID_VERSION", "only HTTP/1.0 and HTTP/1.1 are spoken here", version);
}

function fieldLines(lines: readonly string[], from: number): string {
  let text = "";
  for (let i = from; i < lines.length; i += 2) {
    const name = lines[i] as string;
    const value = lines[i + 1] as string;
    if (!isEvery(name, TCHAR))
      throw local("INVALID_FIELD_NAME", "the field name is not a token", stranger(name, TCHAR));
    if (value !== "" && !isEvery(value, FIELD_CONTENT)) {
      throw local(
        "INVALID_FIELD_VALUE",
        `the value of ${name} has a control octet or a character above U+00FF`,
        stranger(value, FIELD_CONTENT),
      );
    }
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** What does not belong there; the rest may be a secret (a token in a field, or in a query). */
function stranger(text: string, octets: OctetClass): string {
  return [...text].find((character) => !isEvery(character, octets)) ?? "";
}

function local(code: ProtocolErrorCode, sentence: string, seen: string): ProtocolError {
  return new ProtocolError(code, `${sentence}: ${quote(seen)}`, LOCAL);
}
