import { createReadStream, opendirSync, openSync, type Stats, statSync } from "node:fs";
import { counted } from "../../trace.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { wantsFileOf } from "./conditions.ts";
import { CurlError } from "./curl-error.ts";
import { parseFileMode } from "./numbers.ts";
import { percentDecoded } from "./octets.ts";
import type { Reception } from "./reception.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import { URL_MALFORMED } from "./url.ts";

const BAD_RANGE = 33;
const BAD_RESUME = 36;
const CANNOT_READ = 37;
const FILE_MODE = 0o644;

/** Which bytes of a file are wanted. `length`: as many as there are, if fewer. */
interface Piece {
  readonly start: number;
  readonly length: number;
}

/** A transfer of a file: URL, without any network: reads the file, or writes it (-T). @throws {CurlError} */
export async function transferFile(
  { url, content, method }: Asked,
  settings: Settings,
  reception: Reception,
): Promise<void> {
  const path = pathOf(url.path);
  if (content?.kind === "upload") {
    const body = content.read();
    await writeFile(path, body instanceof Uint8Array ? [body] : body.open(), settings);
  } else {
    const status = statusOf(path);
    if (!wantsFileOf(Math.floor(status.mtimeMs / 1000), settings)) return;
    await showHeads(status, settings, reception);
    if (method !== "HEAD" || !settings.on("head")) await readFile(path, status, settings, reception);
  }
  await reception.output.end(true);
}

function pathOf(urlPath: string): Buffer {
  const path = percentDecoded(urlPath);
  if (path.includes("\0")) throw new CurlError(URL_MALFORMED, "the path of a file has no NUL");
  return Buffer.from(path, "latin1");
}

function statusOf(path: Buffer): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new CurlError(CANNOT_READ, `cannot read ${path}: ${fileProblem(error)}`);
  }
}

/** Heads of a file, for -I, -i and -D. curl invents them. */
async function showHeads(status: Stats, settings: Settings, reception: Reception): Promise<void> {
  if (!settings.on("head") && !settings.on("show-headers") && !settings.on("dump-header")) return;
  const size = status.isFile() ? [`Content-Length: ${status.size}`, "Accept-ranges: bytes"] : [];
  const lines = [...size, `Last-Modified: ${status.mtime.toUTCString()}`, ""];
  for (const line of lines) reception.headLine(Buffer.from(`${line}\r\n`), false);
  await reception.printHeads(true);
}

async function readFile(
  path: Buffer,
  status: Stats,
  settings: Settings,
  reception: Reception,
): Promise<void> {
  const isFolder = status.isDirectory();
  const { start, length } = pieceOf(settings, isFolder ? 0 : status.size, reception.offset);
  if (isFolder) {
    await listFolder(path, reception);
    return;
  }
  try {
    const last = start + length - 1;
    const end = last > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : last;
    for await (const bytes of createReadStream(path, { start, end })) await reception.copy(bytes as Buffer);
  } catch (error) {
    if (error instanceof Error && "syscall" in error)
      throw new CurlError(CANNOT_READ, `cannot read ${path}: ${fileProblem(error)}`);
    throw error;
  }
}

/** As in curl: names in the order of the folder, without hidden ones. */
async function listFolder(path: Buffer, reception: Reception): Promise<void> {
  for await (const { name } of opendirSync(path.toString())) {
    if (!name.startsWith(".")) await reception.copy(Buffer.from(`${name}\n`));
  }
}

/** -r and -C. `size`: 0 for a folder. @throws {CurlError} 33, 36 */
function pieceOf(settings: Settings, size: number, offset: number): Piece {
  const range = settings.value("range");
  const piece = range === undefined ? { start: offset, length: ALL } : rangeIn(range, size);
  if (piece.start < 0 || piece.start > size)
    throw new CurlError(
      BAD_RESUME,
      `the file has ${counted(size, "byte")}: there is none from ${piece.start}`,
    );
  return piece;
}

const ALL = Number.POSITIVE_INFINITY;

/** Only the first of several ranges counts. @throws {CurlError} 33 */
function rangeIn(range: string, size: number): Piece {
  const [, first = "", dash = "", last = ""] = /^(\d*)(-?)(\d*)/.exec(range) ?? [];
  const [from, to] = [countOf(first), countOf(last)];
  const isRange = first === "" ? dash !== "" && to !== 0 : from !== undefined;
  if (!isRange) throw new CurlError(BAD_RANGE, `"${range}" is no range`);
  if (from === undefined) {
    // One byte more than there are stands for all of them, but two bytes more do not. So it is in curl.
    return to === undefined || to === size + 1 ? { start: 0, length: ALL } : { start: size - to, length: to };
  }
  if (dash !== "" && to !== undefined && to < from)
    throw new CurlError(BAD_RANGE, `"${range}" ends before it begins`);
  return { start: from, length: to === undefined ? ALL : to - from + 1 };
}

/** curl counts in 63 bits. */
const LARGEST = 2n ** 63n - 1n;

/** `undefined`: no digits, or a number that is too large for curl. */
function countOf(digits: string): number | undefined {
  return digits === "" || BigInt(digits) > LARGEST ? undefined : Number(digits);
}

/** The byte from which -C goes on: "-" is behind what the file has. */
function offsetIn(path: Buffer, settings: Settings): number {
  const given = settings.value("continue-at") ?? "0";
  return given === "-" ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : Number(given);
}

function fileMode(settings: Settings): number {
  const given = settings.value("create-file-mode");
  return given === undefined ? FILE_MODE : parseFileMode(given);
}

/** As in curl, what is left of the content behind `offset` goes to the end of the file, however long the file is. */
async function writeFile(
  path: Buffer,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  settings: Settings,
): Promise<void> {
  const offset = offsetIn(path, settings);
  let descriptor: number;
  try {
    descriptor = openSync(path, offset > 0 ? "a" : "w", fileMode(settings));
  } catch (error) {
    throw new CurlError(EXIT.write, `cannot write to ${path}: ${fileProblem(error)}`);
  }
  let skipped = 0;
  for await (const bytes of content) {
    const rest = bytes.subarray(offset - skipped);
    skipped += bytes.length - rest.length;
    await writeOut(rest, descriptor);
  }
}
