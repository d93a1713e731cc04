import { realpathSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { byteRange } from "./byte-range.ts";
import { httpDate } from "./date.ts";
import { FileContent, readPiece } from "./file-content.ts";
import {
  type HttpHandler,
  methodNotAllowed,
  problem,
  type ServerRequest,
  type ServerResponse,
} from "./handler.ts";
import { type OpenedInside, openInside } from "./open-inside.ts";
import { escapeHtml, htmlPage } from "./page.ts";
import { evaluatePreconditions, ifRangeHolds, type Validators } from "./preconditions.ts";
import { safePath } from "./safe-path.ts";
import { unknownMethod } from "./unhandled-request.ts";

export interface StaticFilesOptions {
  /** Answer a directory without an index with the list of its names. Off. */
  readonly listing?: boolean;
  /** What stands for a directory: `index.html`. */
  readonly index?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const ALLOW = "GET, HEAD, OPTIONS";
/** A file up to this size leaves in one write with its head. */
const SMALL_FILE_BYTES = 60 * 1024;
const MAX_LISTED_NAMES = 10_000;

/**
 * The files below `root`, and nothing else: no dot files, nothing that a link leads to outside.
 *
 * @throws when `root` is not a directory, at once.
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
    const opened = await openInside(realRoot, segments);
    if (opened === undefined) return noSuchFile();
    if (opened.kind === "file") {
      if (asDirectory) return closing(opened, noSuchFile());
      return withMethods(request, opened, () => fileAnswer(request, opened, segments.at(-1) ?? "", now()));
    }
    if (!asDirectory) {
      // Relative links of its page need the slash. Made of checked names, so it cannot become `//elsewhere`.
      return closing(
        opened,
        problem(301, "directories end with a slash", [["Location", withSlash(segments, request)]]),
      );
    }
    const page = await openInside(realRoot, [...segments, index]);
    if (page?.kind === "file") {
      await opened.handle.close();
      return withMethods(request, page, () => fileAnswer(request, page, index, now()));
    }
    await page?.handle.close();
    if (!listing) return closing(opened, noSuchFile());
    return withMethods(request, opened, () => listingPage(opened, segments));
  };
}

const noSuchFile = (): ServerResponse => problem(404, "there is no such file");

async function closing(opened: OpenedInside, answer: ServerResponse): Promise<ServerResponse> {
  await opened.handle.close();
  return answer;
}

async function withMethods(
  { method }: ServerRequest,
  opened: OpenedInside,
  get: () => Promise<ServerResponse>,
): Promise<ServerResponse> {
  if (method === "OPTIONS") return closing(opened, { status: 204, fields: [["Allow", ALLOW]] });
  if (method !== "GET" && method !== "HEAD") return closing(opened, methodNotAllowed(method, ALLOW));
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
    // Strong as far as the file system's clock goes: two writes of one size within one tick of it look the same.
    etag: `"${size.toString(16)}-${mtimeNs.toString(16)}"`,
    // RFC 9110 §8.8.2.1: never later than Date, whatever the clock was that wrote the file.
    lastModifiedMs: Math.floor(Math.min(Number(mtimeNs / 1_000_000n), nowMs) / 1000) * 1000,
    nowMs,
  };
  const fields: [string, string][] = [
    ["ETag", validators.etag],
    ["Last-Modified", httpDate(validators.lastModifiedMs)],
  ];
  const verdict = evaluatePreconditions(request.fields, validators);
  if (verdict === 304) return closing(opened, { status: 304, fields });
  if (verdict === 412)
    return closing(opened, problem(412, "a condition of the request does not hold", fields));

  fields.push(["Accept-Ranges", "bytes"], ["X-Content-Type-Options", "nosniff"], ...(await typeFields(name)));
  // RFC 9110 §14.2: Range is defined for GET alone.
  const asked = request.method === "GET" && ifRangeHolds(request.fields, validators);
  const range = asked ? byteRange(request.fields.get("range"), size) : undefined;
  if (range === "unsatisfiable") {
    const contentRange = ["Content-Range", `bytes */${size}`] as const;
    return closing(opened, problem(416, `the content has ${size} bytes`, [contentRange]));
  }
  const { start, end } = range ?? { start: 0, end: size };
  if (range !== undefined) fields.push(["Content-Range", `bytes ${start}-${end - 1}/${size}`]);
  fields.push(["Content-Length", String(end - start)]);
  const status = range === undefined ? 200 : 206;
  if (request.method === "HEAD") return closing(opened, { status, fields });
  if (end - start > SMALL_FILE_BYTES) return { status, fields, body: new FileContent(handle, start, end) };
  try {
    return { status, fields, body: await readPiece(handle, start, end) };
  } finally {
    await handle.close();
  }
}

/** The type by the name; what is unknown is for saving, not for guessing. */
async function typeFields(name: string): Promise<[string, string][]> {
  const { default: mime } = await import("mime/lite"); // a big table: only where files are served
  const type = mime.getType(name);
  if (type === null) {
    return [
      ["Content-Type", "application/octet-stream"],
      ["Content-Disposition", "attachment"],
    ];
  }
  return [["Content-Type", type.startsWith("text/") ? `${type}; charset=utf-8` : type]];
}

async function listingPage(opened: OpenedInside, segments: readonly string[]): Promise<ServerResponse> {
  const entries = await readdir(opened.path, { withFileTypes: true }).finally(() => opened.handle.close());
  const names = entries
    .filter((entry) => !entry.name.startsWith("."))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
  const items = names.slice(0, MAX_LISTED_NAMES).map((name) => {
    // Encoded as one segment, also its colon, or `javascript:x` would be a scheme.
    const href = encodeURIComponent(name.replace(/\/$/, "")) + (name.endsWith("/") ? "/" : "");
    return `<tr><td><a href="${escapeHtml(href)}">${escapeHtml(name)}</a>`;
  });
  if (segments.length > 0) items.unshift('<tr><td><a href="../">../</a>');
  const more = names.length > MAX_LISTED_NAMES ? `<p>… and ${names.length - MAX_LISTED_NAMES} more` : "";
  return htmlPage(
    `/${segments.map((segment) => `${segment}/`).join("")}`,
    `<table>\n${items.join("\n")}\n</table>${more}`,
  );
}
