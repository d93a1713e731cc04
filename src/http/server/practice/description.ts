import { utf8 } from "../../../bytes/text.ts";
import type { Fields } from "../../../http1/fields.ts";
import { type Answer, json, type ServerRequest } from "../handler.ts";
import { shapeOf } from "../json-text.ts";
import { outOfRange } from "./arguments.ts";

// Requests described as JSON, with httpbin's names.

/** A content becomes many times as large in memory when it is shown as JSON, so it may not be long. */
const MAX_DESCRIBED_BYTES = 1024 * 1024;
/** As Express, PHP and .NET. */
const MAX_FORM_PAIRS = 1000;
/** Reading and writing JSON takes a stack as deep as its levels. */
const MAX_JSON_LEVELS = 500;

/** What httpbin says of every request. */
export function describe(request: ServerRequest): Record<string, unknown> {
  const { remote } = request;
  return {
    args: asObject(request.query),
    headers: asObject(request.fields),
    origin: remote.family === "unix" ? remote.path : remote.host,
    url: request.url,
  };
}

/**
 * The request and its content: as `data`, `form` or `json`, which follows from the Content-Type.
 *
 * Left out: multipart, so `files` stays empty.
 */
export async function describeWhole(request: ServerRequest): Promise<Answer> {
  const content = utf8(await request.bytes(MAX_DESCRIBED_BYTES));
  const type = request.fields.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const isForm = type === "application/x-www-form-urlencoded";
  if (isForm && content.split("&", MAX_FORM_PAIRS + 1).length > MAX_FORM_PAIRS)
    return outOfRange("a form here", `at most ${MAX_FORM_PAIRS} names`);
  const data = isForm ? "" : content;
  const parsed = parsedOrNull(data);
  if (parsed !== null && shapeOf(data).depth > MAX_JSON_LEVELS)
    return outOfRange("JSON here", `at most ${MAX_JSON_LEVELS} levels`);
  const form = isForm ? asObject(new URLSearchParams(content)) : {};
  return json({ ...describe(request), data, files: {}, form, json: parsed });
}

function parsedOrNull(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null; // as httpbin says that the content is no JSON
  }
}

/**
 * Pairs as an object. Of several with the same name, fields are combined, and arguments become a list. `__proto__` is a
 * name like any other.
 */
export function asObject(pairs: Iterable<readonly [string, string]>): Record<string, unknown> {
  const isArguments = pairs instanceof URLSearchParams;
  const byName = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of pairs) {
    const key = isArguments ? name : name.toLowerCase();
    const entry = byName.get(key);
    if (entry === undefined) byName.set(key, { name, values: [value] });
    else entry.values.push(value);
  }
  return Object.fromEntries(
    [...byName.values()].map(({ name, values }) => [
      name,
      values.length === 1 ? values[0] : isArguments ? values : values.join(", "),
    ]),
  );
}

/** Names and values as they were sent, nothing decoded or unquoted: so a server sees its cookies as it wrote them. */
export function cookies(fields: Fields): Record<string, unknown> {
  // RFC 6265 §5.4: a client sends one Cookie line. Several are joined by a semicolon, as the cookies in one line are.
  const field = fields.getAll("cookie").join("; ");
  const pairs = field.split(";").flatMap((pair) => {
    const [name = "", ...value] = pair.trim().split("=");
    return pair.trim() === "" ? [] : [[name, value.join("=")] as const];
  });
  return { cookies: Object.fromEntries(pairs), field };
}

/** The request as JSON, in gzip. */
export async function gzip(request: ServerRequest): Promise<Answer> {
  const { args: _, url: __, ...rest } = describe(request);
  const plain = JSON.stringify({ gzipped: true, ...rest, method: request.method }, undefined, 2);
  const stream = new Blob([`${plain}\n`]).stream().pipeThrough(new CompressionStream("gzip"));
  return {
    fields: [
      ["Content-Type", "application/json"],
      ["Content-Encoding", "gzip"],
    ],
    body: new Uint8Array(await new Response(stream).arrayBuffer()),
  };
}
