import { CR, FIELD_CONTENT, isEvery, LF, type OctetClass, TARGET, TCHAR } from "../bytes/octets.ts";
import { latin1Bytes, quote } from "../bytes/text.ts";
import { FORBIDDEN_TRAILERS } from "./chunked.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
import type { InformationalHead, RequestHead, ResponseHead } from "./events.ts";
import { type FastMemory, SHARED_MEMORY } from "./fast/memory.ts";
import type { Fields } from "./fields.ts";
import { checkHost, targetForm } from "./target.ts";

/*
 * All text that reaches the wire passes through this file. An octet that could end a line, or begin another message,
 * is an error here, wherever the text came from (response splitting, CRLF injection). Strings are latin1: one
 * character, one octet.
 */

const LOCAL = { blame: "local" } as const;

type Head = RequestHead | InformationalHead | ResponseHead;

/**
 * A head as latin1 text, from its start-line to its empty line.
 *
 * @throws {ProtocolError} blame "local".
 */
export function encodeHead(head: Head, { lastHead }: FastMemory = SHARED_MEMORY): string {
  if (head.type === "request" && head.fieldText !== undefined) return exactHead(head, head.fieldText);
  const lastText = lastHead.textOf(head);
  if (lastText !== undefined) return lastText;
  const startLine = head.type === "request" ? requestLine(head) : statusLine(head);
  const text = `${startLine}\r\n${head.fields.wireText(fieldLines)}\r\n`;
  lastHead.keep(head, text);
  return text;
}

/** The last chunk, and the trailer section behind it (RFC 9112 §7.1, §7.1.2). */
export function encodeLastChunk(trailers: Fields): string {
  for (const [name] of trailers) {
    if (FORBIDDEN_TRAILERS.has(name.toLowerCase()))
      throw local("FORBIDDEN_TRAILER", "this field must not be a trailer", name);
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

/** A head as its caller wrote it, also where it breaks a rule. What would end a line too early is refused. */
function exactHead({ method, target, version }: RequestHead, fieldText: string): string {
  checkVersion(version);
  const lines = fieldText.split("\r\n");
  if (lines.pop() !== "" || lines.includes(""))
    throw local("INVALID_FIELD_VALUE", "the text is not field lines, each with its CR LF", "");
  for (const part of [method, target, ...lines]) {
    const [wrong] = /[\r\n\0]|[^\x00-\xff]/.exec(part) ?? [];
    if (wrong !== undefined)
      throw local("INVALID_FIELD_VALUE", "a line of the head has an octet that ends it", wrong);
  }
  return `${method} ${target} HTTP/${version}\r\n${fieldText}\r\n`;
}

function requestLine({ method, target, version, fields }: RequestHead): string {
  if (!isEvery(method, TCHAR))
    throw local("INVALID_METHOD", "the method is not a token", wrongCharacter(method, TCHAR));
  if (!isEvery(target, TARGET))
    throw local(
      "INVALID_TARGET",
      "the request-target has an octet that a URI cannot have",
      wrongCharacter(target, TARGET),
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
      "the reason phrase has a control octet or a character above U+00FF",
      wrongCharacter(reason, FIELD_CONTENT),
    );
  checkVersion(version);
  return `HTTP/${version} ${status} ${reason}`;
}

/** The type allows nothing else; but not every caller has types, and the version reaches the wire. */
function checkVersion(version: string): void {
  if (version !== "1.1" && version !== "1.0")
    throw local("INVALID_VERSION", "only HTTP/1.0 and HTTP/1.1 are supported", version);
}

function fieldLines(lines: readonly string[], from: number): string {
  let text = "";
  for (let i = from; i < lines.length; i += 2) {
    const name = lines[i] as string;
    const value = lines[i + 1] as string;
    if (!isEvery(name, TCHAR))
      throw local("INVALID_FIELD_NAME", "the field name is not a token", wrongCharacter(name, TCHAR));
    if (value !== "" && !isEvery(value, FIELD_CONTENT)) throw invalidValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

function invalidValue(name: string, value: string): ProtocolError {
  const sentence = `the value of ${name} has a control octet or a character above U+00FF`;
  return local("INVALID_FIELD_VALUE", sentence, wrongCharacter(value, FIELD_CONTENT));
}

/** The first character that is not allowed. No more is shown, since the text may hold a secret (a token, a query). */
function wrongCharacter(text: string, octets: OctetClass): string {
  return [...text].find((character) => !isEvery(character, octets)) ?? "";
}

function local(code: ProtocolErrorCode, sentence: string, seen: string): ProtocolError {
  return new ProtocolError(code, `${sentence}: ${quote(seen)}`, LOCAL);
}
