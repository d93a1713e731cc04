import { realpathSync, statSync } from "node:fs";
import { counted } from "../../../bytes/text.ts";
import { httpDate } from "../../date.ts";
import {
  type HttpHandler,
  methodNotAllowed,
  problem,
  type ServerRequest,
  type ServerResponse,
} from "../handler.ts";
import { unknownMethod } from "../unhandled-request.ts";
import { byteRange } from "./byte-range.ts";
import { listingPage } from "./directory-listing.ts";
import { FileContent, readPiece } from "./file-content.ts";
import { mediaTypeFields } from "./media-type.ts";
import { type OpenedInside, openInside } from "./open-inside.ts";
import { evaluatePreconditions, ifRangeHolds, type Validators } from "./preconditions.ts";
import { safePath } from "./safe-path.ts";

/** How files are served. */
export interface StaticFilesOptions {
  /** Answer a directory without an index with the list of its names. `false` by default. */
  readonly listing?: boolean;
  /** The name of the file that stands for its directory, "index.html" by default. */
  readonly index?: string;
  /** The time in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

const ALLOW = "GET, HEAD, OPTIONS";
/** A file up to this size is sent in one write with its head. */
const SMALL_FILE_BYTES = 60 * 1024;

/**
 * Serves the files below `root`, and nothing else: no dot files, nothing that a link leads to outside. Knows ranges
 * (RFC 9110 §14) and preconditions (RFC 9110 §13).
 *
 * @throws {Error} at once, when `root` is not a directory.
 */
export function staticFiles(root: string, options: StaticFilesOptions = {}): HttpHandler {
  const { listing = false, index = "index.html", now = Date.now } = options;
  const realRoot = realpathSync(root);
  if (!statSync(realRoot).isDirectory()) throw new Error(`${root} is not a directory`);

  return async (request) => {
    const unknown = unknownMethod(request.method);
    if (unknown !== undefined) return unknown;
    const path = safePath(request.rawPath);
    if ("refused" in path) return problem(path.status, path.refused);
    const { segments, asDirectory } = path;
    return answerFrom(segments, async (opened) => {
      if (opened.kind === "file") {
        // The path ends with a slash, but nothing lies below a file.
        return asDirectory
          ? noSuchFile()
          : withMethods(request, () => file(request, opened, segments.at(-1)));
      }
      if (asDirectory) return directory(request, opened, segments);
      // Relative links in the page need the slash. Location has checked names only, so it cannot be `//elsewhere`.
      return problem(301, "the path of a directory ends with a slash", [
        ["Location", withSlash(segments, request)],
      ]);
    });
  };

  /** The index of a directory, or the list of its names. An index that cannot be read is not replaced by the list. */
  function directory(
    request: ServerRequest,
    opened: OpenedInside,
    segments: readonly string[],
  ): Promise<ServerResponse> {
    const list = async (): Promise<ServerResponse> =>
      listing ? withMethods(request, () => listingPage(opened.path, segments)) : noSuchFile();
    return answerFrom(
      [...segments, index],
      async (page) =>
        page.kind === "file" ? withMethods(request, () => file(request, page, index)) : list(),
      list,
    );
  }

  function file(request: ServerRequest, opened: OpenedInside, name = ""): Promise<ServerResponse> {
    return fileAnswer(request, opened, name, now());
  }

  /** Opens, answers, and closes, unless the answer still reads from the file. */
  async function answerFrom(
    segments: readonly string[],
    answer: (opened: OpenedInside) => Promise<ServerResponse>,
    otherwise: () => ServerResponse | Promise<ServerResponse> = noSuchFile,
  ): Promise<ServerResponse> {
    const opened = await openInside(realRoot, segments);
    if (opened.kind === "nothing") return otherwise();
    // A file is there, but is not served. The answer is the same as for no file. But it is final: a second handler, which
    // may have this path, too, is not asked.
    if (opened.kind === "withheld") return { ...noSuchFile(), final: true };
    let given: ServerResponse | undefined;
    try {
      given = await answer(opened);
      return given;
    } finally {
      if (!(given?.body instanceof FileContent)) await opened.handle.close();
    }
  }
}

const noSuchFile = (): ServerResponse => problem(404, "there is no such file");

async function withMethods(
  { method }: ServerRequest,
  get: () => Promise<ServerResponse>,
): Promise<ServerResponse> {
  if (method === "OPTIONS") return { status: 204, fields: [["Allow", ALLOW]] };
  if (method !== "GET" && method !== "HEAD") return { ...methodNotAllowed(method, ALLOW), final: true };
  return get();
}

function withSlash(segments: readonly string[], { target }: ServerRequest): string {
  const queryAt = target.indexOf("?");
  return `/${segments.map(encodeURIComponent).join("/")}/${queryAt === -1 ? "" : target.slice(queryAt)}`;
}

async function fileAnswer(
  request: ServerRequest,
  opened: OpenedInside,
  name: string,
  nowMs: number,
): Promise<ServerResponse> {
  const { handle, size, mtimeNs } = opened;
  const validators: Validators = {
    // As strong as the file system's clock is exact: two writes of the same size within one tick get the same tag.
    etag: `"${size.toString(16)}-${mtimeNs.toString(16)}"`,
    // RFC 9110 §8.8.2.1: never later than Date, although another clock may have dated the file.
    lastModifiedMs: Math.floor(Math.min(Number(mtimeNs / 1_000_000n), nowMs) / 1000) * 1000,
    nowMs,
  };
  const fields: [string, string][] = [
    ["ETag", validators.etag],
    ["Last-Modified", httpDate(validators.lastModifiedMs)],
  ];
  const verdict = evaluatePreconditions(request.fields, validators);
  if (verdict === 304) return { status: 304, fields };
  if (verdict === 412) return problem(412, "a condition of the request does not hold", fields);

  fields.push(["Accept-Ranges", "bytes"], ["X-Content-Type-Options", "nosniff"]);
  fields.push(...(await mediaTypeFields(name, handle)));
  // RFC 9110 §14.2: Range is defined for GET alone.
  const asked = request.method === "GET" && ifRangeHolds(request.fields, validators);
  const range = asked ? byteRange(request.fields.get("range"), size) : undefined;
  if (range === "unsatisfiable") {
    const contentRange = ["Content-Range", `bytes */${size}`] as const;
    return problem(416, `the content has ${counted(size, "byte")}`, [contentRange]);
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range !== undefined) fields.push(["Content-Range", `bytes ${start}-${end - 1}/${size}`]);
  fields.push(["Content-Length", String(end - start)]);
  const status = range === undefined ? 200 : 206;
  if (request.method === "HEAD") return { status, fields };
  if (end - start > SMALL_FILE_BYTES) return { status, fields, body: new FileContent(handle, start, end) };
  return { status, fields, body: await readPiece(handle, start, end) };
}
