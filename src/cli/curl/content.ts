import { closeSync, openSync, readSync } from "node:fs";
import type { ContentSource } from "../../http.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { crlf, withCrlf } from "../line-ends.ts";
import { CurlError } from "./curl-error.ts";
import { octetsOf, percentEncoded } from "./octets.ts";
import type { Settings } from "./settings.ts";

/** The content of a request. */
export interface Content {
  readonly kind: "data" | "form" | "upload";
  /** Gives the content anew each time: a redirect or a challenge may need it again. */
  readonly read: () => Uint8Array | ContentSource;
  /** `undefined`: unknown, so the content is sent in chunks. */
  readonly length: number | undefined;
  /** So large that curl asks by Expect before it sends: more than 1 MiB, or nobody knows. */
  readonly large: boolean;
  /** The Content-Type unless -H gives one; that of a form holds what -H gives. */
  readonly type: string | undefined;
}

const FORM = "application/x-www-form-urlencoded";
const LARGE_BYTES = 1024 * 1024;

export const isLarge = (length: number | undefined): boolean => length === undefined || length > LARGE_BYTES;

const dataBySettings = new WeakMap<Settings, { readonly data: Buffer | undefined }>();

/**
 * What -d and its relatives say, in their order, joined with "&" as in a form. `undefined`: none of them was given. Files
 * and stdin are read once, whatever the number of URLs.
 */
export function dataOf(settings: Settings): Buffer | undefined {
  let known = dataBySettings.get(settings);
  if (known === undefined) {
    known = { data: joinedData(settings) };
    dataBySettings.set(settings, known);
  }
  return known.data;
}

function joinedData({ given }: Settings): Buffer | undefined {
  let data: Buffer | undefined;
  for (const { name, value } of given) {
    const piece = pieceOf(name, value);
    if (piece === undefined) continue;
    const joint = data === undefined || data.length === 0 || name === "json" ? "" : "&";
    data = Buffer.concat([data ?? Buffer.alloc(0), Buffer.from(joint), piece]);
  }
  return data;
}

/** A content in memory. */
export function bytesContent(bytes: Uint8Array, type: string | undefined = FORM): Content {
  const { length } = bytes;
  return { kind: "data", read: () => bytes, length, large: isLarge(length), type };
}

/** What is sent where a challenge is awaited: nothing. Only data has its type told all the same. */
export function withheld({ kind, type }: Content): Content {
  return { ...bytesContent(new Uint8Array(0)), kind, type: kind === "data" ? type : undefined };
}

/** The content with CR LF for each LF. Its length is not known before its end, but that of nothing. */
export function crlfContent(content: Content): Content {
  if (content.length === 0) return content;
  const read = () => {
    const body = content.read();
    return body instanceof Uint8Array ? crlf(body) : { open: () => withCrlf(body.open()) };
  };
  return { ...content, read, length: undefined };
}

/** What --url-query says: as --data-urlencode, and behind "+" as it is. Its files are read once, too. */
export function urlQueryOf(settings: Settings): string | undefined {
  const known = queryBySettings.get(settings) ?? settings.values("url-query").map(queryPiece);
  queryBySettings.set(settings, known);
  return known.length === 0 ? undefined : known.join("&");
}

const queryBySettings = new WeakMap<Settings, readonly string[]>();

const queryPiece = (value: string): string =>
  value.startsWith("+") ? octetsOf(value.slice(1)) : urlEncoded(value);

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
      return Buffer.from(urlEncoded(value), "latin1");
    default:
      return undefined;
  }
}

/**
 * Encodes `content`, `=content`, `name=content`, `@file` or `name@file`. The name is sent as it is. An empty file leaves
 * not even its name.
 */
function urlEncoded(value: string): string {
  const [, name, sign, content = ""] =
    /^([^=]*)(=)(.*)$/s.exec(value) ?? /^([^@]*)(@)(.*)$/s.exec(value) ?? [];
  if (name === undefined) return formEncoded(octetsOf(value));
  const octets = sign === "@" ? readInput(content).toString("latin1") : octetsOf(content);
  if (name === "" || (sign === "@" && octets === "")) return formEncoded(octets);
  return `${octetsOf(name)}=${formEncoded(octets)}`;
}

const formEncoded = (octets: string): string => percentEncoded(octets).replaceAll("%20", "+");

function withoutLineEnds(bytes: Buffer): Buffer {
  return Buffer.from(bytes.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0));
}

/** The largest file that Node reads at once. A device may have no end. */
const MAX_INPUT_BYTES = 2 ** 31 - 1;
const FIRST_BYTES = 64 * 1024;

/** The bytes of a file. "-" is stdin. @throws {CurlError} there is no such file, or it has more than `maxBytes`. */
export function readInput(file: string, maxBytes = MAX_INPUT_BYTES): Buffer {
  const name = file === "-" ? "stdin" : file;
  try {
    const descriptor = file === "-" ? 0 : openSync(file, "r");
    try {
      const bytes = readUpTo(descriptor, maxBytes);
      if (bytes !== undefined) return bytes;
    } finally {
      if (descriptor !== 0) closeSync(descriptor);
    }
  } catch (error) {
    throw new CurlError(EXIT.read, `cannot read ${name}: ${fileProblem(error)}`);
  }
  throw new CurlError(EXIT.read, `cannot read ${name}: it has more than ${maxBytes} bytes`);
}

/** `undefined`: there is more than that. */
function readUpTo(descriptor: number, maxBytes: number): Buffer | undefined {
  let bytes = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
    if (length > maxBytes) return undefined;
    if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
  }
}
