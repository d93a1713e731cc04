import { readFileSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

/** The content of a request. */
export interface Content {
  /** `read` gives the content anew each time: a redirect or a challenge may need it again. */
  readonly read: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** `undefined`: unknown, so the content is sent in chunks. */
  readonly length: number | undefined;
  /** The Content-Type unless -H gives one. */
  readonly type: string | undefined;
}

const FORM = "application/x-www-form-urlencoded";

/** What -d and its relatives say, in their order, joined with "&" as in a form. `undefined`: none of them was given. */
export function dataOf(settings: Settings): Buffer | undefined {
  let content: Buffer | undefined;
  for (const { name, value } of settings.given) {
    const piece = pieceOf(name, value);
    if (piece === undefined) continue;
    const joint = content === undefined || name === "json" ? "" : "&";
    content = Buffer.concat([content ?? Buffer.alloc(0), Buffer.from(joint), piece]);
  }
  return content;
}

/** A content in memory. */
export function bytesContent(bytes: Uint8Array, type: string | undefined = FORM): Content {
  return { read: () => bytes, length: bytes.length, type };
}

function pieceOf(name: Settings["given"][number]["name"], value: string): Buffer | undefined {
  switch (name) {
    case "data":
      return value.startsWith("@") ? withoutLineEnds(readInput(value.slice(1))) : Buffer.from(value);
    case "data-binary":
    case "json":
      return value.startsWith("@") ? readInput(value.slice(1)) : Buffer.from(value);
    case "data-raw":
      return Buffer.from(value);
    case "data-urlencode":
      return Buffer.from(urlEncoded(value));
    default:
      return undefined;
  }
}

/** Encodes `content`, `=content`, `name=content`, `@file` or `name@file`. The name is sent as it is. */
export function urlEncoded(value: string): string {
  const [, name = "", sign, content = ""] = /^([^=@]*)([=@])(.*)$/s.exec(value) ?? [];
  if (sign === undefined) return formEncoded(Buffer.from(value));
  const encoded = formEncoded(sign === "@" ? readInput(content) : Buffer.from(content));
  return name === "" ? encoded : `${name}=${encoded}`;
}

/** Unreserved octets stay (RFC 3986 §2.3), a space becomes "+", every other octet is percent-encoded. */
function formEncoded(bytes: Uint8Array): string {
  let encoded = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-._~]/.test(character)) encoded += character;
    else encoded += byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

function withoutLineEnds(bytes: Buffer): Buffer {
  return Buffer.from(bytes.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0));
}

/** The bytes of a file. "-" is stdin. */
export function readInput(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new CurlError(EXIT.read, `cannot read ${file === "-" ? "stdin" : file}: ${fileProblem(error)}`);
  }
}
