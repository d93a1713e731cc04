import { joined } from "../../../bytes/copy.ts";
import { FIELD_CONTENT, isEvery, TCHAR } from "../../../bytes/octets.ts";
import { counted, latin1, latin1Bytes, quote, utf8Bytes } from "../../../bytes/text.ts";
import { ProtocolError } from "../../../http1/errors.ts";
import { Fields, type FieldsSource } from "../../../http1/fields.ts";
import { mismatch } from "../outgoing-request.ts";
import type { ContentSource } from "../request-content.ts";

/*
 * Writes a multipart content (RFC 2046 §5.1), as a form with files is one (RFC 7578):
 *
 *     --boundary CRLF  field lines  CRLF  content  CRLF
 *     --boundary CRLF  field lines  CRLF  content  CRLF
 *     --boundary-- CRLF
 */

/** Parts behind each other, with the boundary between them. */
export interface Multipart {
  /**
   * 1 to 70 characters that occur in no part. Chosen by chance: 22 random characters are enough, since nobody can
   * look for them in a stream that is sent as it comes.
   */
  readonly boundary: string;
  /** The parts in their order; a multipart content without parts is only its closing boundary. */
  readonly parts: readonly MultipartPart[];
}

/** One part of a multipart content. */
export interface MultipartPart {
  /** Field lines, sent in this order and case. They are UTF-8, unlike those of a head. None by default. */
  readonly fields?: FieldsSource | undefined;
  /** Field lines behind `fields`, each with its CR LF, written as they stand: for a tool that sends what a person typed. */
  readonly fieldText?: string | undefined;
  /** The content. A text is sent as UTF-8. A multipart content within this one has a boundary of its own. */
  readonly content: string | Uint8Array | ContentSource | Multipart;
}

/**
 * A multipart content, as a request takes it: bytes if all parts are in memory; otherwise a source, which opens its parts
 * one after the other, and has a length if all of them have one.
 *
 * @throws {ProtocolError} blame "local": a field line or a boundary has octets that may not be sent.
 */
export function multipartBody(multipart: Multipart): Uint8Array | ContentSource {
  const pieces = [...piecesOf(multipart)];
  if (pieces.every((piece) => piece instanceof Uint8Array)) return joined(pieces);
  return { open: () => opened(pieces), length: lengthOf(pieces) };
}

/** Looks at own properties only: `Object.prototype` may be polluted. */
export function isMultipart(content: MultipartPart["content"]): content is Multipart {
  return typeof content === "object" && Object.hasOwn(content, "parts");
}

type Piece = Uint8Array | ContentSource;

/** `undefined` if a stream has no length. */
function lengthOf(pieces: readonly Piece[]): number | undefined {
  let length = 0;
  for (const piece of pieces) {
    if (piece.length === undefined) return undefined;
    length += piece.length;
  }
  return length;
}

function* piecesOf({ boundary, parts }: Multipart): Generator<Piece, void, undefined> {
  if (!BOUNDARY.test(boundary)) throw local("INVALID_FIELD_VALUE", "not a boundary", boundary);
  for (const { fields, fieldText = "", content } of parts) {
    checkLines(fieldText);
    yield utf8Bytes(`--${boundary}\r\n${fieldLines(Fields.from(fields))}${fieldText}\r\n`);
    if (typeof content === "string") yield utf8Bytes(content);
    else if (isMultipart(content)) yield* piecesOf(content);
    else yield content;
    yield CRLF;
  }
  yield utf8Bytes(`--${boundary}--\r\n`);
}

const CRLF = latin1Bytes("\r\n");
/** RFC 2046 §5.1.1: 1 to 70 characters, the last one no space. */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

function fieldLines(fields: Fields): string {
  let text = "";
  for (const [name, value] of fields) {
    checkField(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

function checkLines(text: string): void {
  const lines = text.split("\r\n");
  if (lines.pop() !== "") throw local("INVALID_FIELD_VALUE", "field lines do not end with CR LF", text);
  for (const line of lines) {
    const colon = line.indexOf(":");
    checkField(line.slice(0, colon === -1 ? line.length : colon), line.slice(colon + 1));
  }
}

/** As in a head, an octet that could end a line is an error, wherever the text came from: here, often a file's name. */
function checkField(name: string, value: string): void {
  if (!isEvery(name, TCHAR)) throw local("INVALID_FIELD_NAME", "the field name is not a token", name);
  if (value !== "" && !isEvery(latin1(utf8Bytes(value)), FIELD_CONTENT)) {
    throw local("INVALID_FIELD_VALUE", `the value of ${name} in a part has a control octet`, value);
  }
}

function local(
  code: "INVALID_FIELD_NAME" | "INVALID_FIELD_VALUE",
  sentence: string,
  seen: string,
): ProtocolError {
  return new ProtocolError(code, `${sentence}: ${quote(utf8Bytes(seen))}`, { blame: "local" });
}

/** What is in memory leaves together with what comes behind it. */
async function* opened(pieces: readonly Piece[]): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting: Uint8Array[] = [];
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      waiting.push(piece);
      continue;
    }
    yield joined(waiting);
    waiting = [];
    yield* checked(piece);
  }
  yield joined(waiting);
}

/** A stream that is not as long as it said would move every boundary behind it: the next part would be cut wrongly. */
async function* checked(source: ContentSource): AsyncGenerator<Uint8Array, void, undefined> {
  const { length } = source;
  let sent = 0;
  for await (const bytes of source.open()) {
    sent += bytes.length;
    if (length !== undefined && sent > length)
      throw mismatch(`a part has more than its ${counted(length, "byte")}`);
    yield bytes;
  }
  if (length !== undefined && sent < length)
    throw mismatch(`a part ended after ${sent} of its ${counted(length, "byte")}`);
}
