import { createReadStream, opendirSync, openSync, type Stats, statSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { CurlError } from "./curl-error.ts";
import { percentDecoded } from "./octets.ts";
import type { Reception } from "./reception.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import { URL_MALFORMED } from "./url.ts";

const BAD_RANGE = 33;
const BAD_RESUME = 36;
const CANNOT_READ = 37;

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
  if (content?.kind === "upload") await writeFile(path, content.read());
  else {
    const status = statusOf(path);
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
  await reception.printHeads();
}

async function readFile(
  path: Buffer,
  status: Stats,
  settings: Settings,
  reception: Reception,
): Promise<void> {
  if (status.isDirectory()) {
    await listFolder(path, reception);
    return;
  }
  const { start, length } = pieceOf(settings, status.size, reception.offset);
  if (length === 0) return;
  try {
    const end = length === Number.POSITIVE_INFINITY ? length : start + length - 1;
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

/** -r and -C. Only the first of several ranges counts. @throws {CurlError} 33, 36 */
function pieceOf(settings: Settings, size: number, offset: number): Piece {
  const range = settings.value("range");
  const [, first = "", dash, last = ""] = /^(\d*)(-?)(\d*)/.exec(range ?? `${offset}-`) ?? [];
  if (first === "" && last === "") throw new CurlError(BAD_RANGE, `"${range}" is no range`);
  if (first === "") {
    if (Number(last) > size) throw new CurlError(BAD_RESUME, `the file has ${size} bytes, not ${last}`);
    return { start: size - Number(last), length: Number(last) };
  }
  const start = Number(first);
  if (dash !== "" && last !== "" && Number(last) < start)
    throw new CurlError(BAD_RANGE, `"${range}" ends before it begins`);
  if (start > size)
    throw new CurlError(BAD_RESUME, `the file has ${size} bytes: there is none from ${start}`);
  return { start, length: last === "" ? Number.POSITIVE_INFINITY : Number(last) - start + 1 };
}

async function writeFile(path: Buffer, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  let descriptor: number;
  try {
    descriptor = openSync(path, "w");
  } catch (error) {
    throw new CurlError(EXIT.write, `cannot write to ${path}: ${fileProblem(error)}`);
  }
  if (content instanceof Uint8Array) return writeOut(content, descriptor);
  for await (const bytes of content) await writeOut(bytes, descriptor);
}
