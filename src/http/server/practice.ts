import { latin1Bytes, utf8 } from "../../bytes/text.ts";
import type { Fields } from "../../http1/fields.ts";
import {
  type Answer,
  type HttpHandler,
  json,
  problem,
  type ServerRequest,
  type ServerResponse,
  text,
} from "./handler.ts";
import { shapeOf } from "./json-text.ts";
import { escapeHtml, htmlPage } from "./page.ts";
import { type Route, router } from "./router.ts";

/*
 * Resources to practise on, without the internet: httpbin's paths and its JSON where httpbin has them. A number out
 * of range is a 400 that names the range: on a machine for learning, a silent correction would be a wrong lesson.
 */

/** Where the practice endpoints have chance and time from. */
export interface PracticeOptions {
  /** A random number in [0, 1), for /status with a choice and /bytes without a seed; `Math.random` by default. */
  readonly random?: () => number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; a timer by default. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
/*
 * What is shown as JSON takes many times the memory that it came in, so it may not be long. Of names, Express takes
 * 1000 (and PHP, .NET); levels are limited since both to read and to write them takes a stack.
 */
const DESCRIBED_BYTES_MAX = 1024 * 1024;
const FORM_PAIRS_MAX = 1000;
const JSON_LEVELS_MAX = 500;
const BYTES_PER_DRIP_MAX = 10 * 1024 * 1024;

/** A handler with practice endpoints like httpbin's, and at `/` a page that lists them. */
export function practice(options: PracticeOptions = {}): HttpHandler {
  const { random = Math.random, delay = timerDelay } = options;
  const routes: Route[] = [
    route("/hello", ["GET"], "13 bytes of text", () => text("Hello, world!")),
    route("/echo", ANY, "the content you sent; without one, with GET, the request as it came", echo),
    route("/get", ["GET"], "your request as JSON", (request) => json(describe(request))),
    route("/post", ["POST"], "your request and its content, at most 1 MiB, as JSON", describeWhole),
    route("/cookies", ["GET"], "the cookies you sent, as JSON", ({ fields }) => json(cookies(fields))),
    route("/headers", ["GET"], "your field lines as JSON", ({ fields }) =>
      json({ headers: asObject(fields) }),
    ),
    route(
      "/status/:codes",
      ANY,
      "an answer with this status; of several (200,503) one by chance",
      (request, codes) => status(request, codes ?? "", random),
    ),
    route("/delay/:seconds", ANY, "waits, at most 10 seconds", async (request, given) => {
      const seconds = decimal(given, 0, 10);
      if (seconds === undefined) return outOfRange("/delay/SECONDS", "a number from 0 to 10");
      await delay(seconds * 1000, request.signal);
      return describeWhole(request);
    }),
    route("/chunked/:n", ["GET"], "n chunks, at most 1000", (_, given) => {
      const n = integer(given, 1, 1000);
      return n === undefined ? outOfRange("/chunked/N", "1 to 1000") : chunks(n);
    }),
    route("/drip", ["GET"], "bytes one by one: ?duration=2&numbytes=10&delay=0&code=200", (request) =>
      drip(request, delay),
    ),
    route(
      "/bytes/:n",
      ["GET"],
      "n random bytes, at most 102400; ?seed=1 makes them repeatable",
      (request, given) => {
        const n = integer(given, 0, 100 * 1024);
        if (n === undefined) return outOfRange("/bytes/N", "0 to 102400");
        const seed = request.query.get("seed");
        return octets(randomBytes(n, seed === null ? Math.floor(random() * 2 ** 32) : seedOf(seed)));
      },
    ),
    route("/redirect/:n", ["GET"], "n redirects, at most 100, then /get", (_, given) => {
      const n = integer(given, 1, 100);
      if (n === undefined) return outOfRange("/redirect/N", "1 to 100");
      const location = n === 1 ? "/get" : `/redirect/${n - 1}`;
      return text(`${location}\n`, 302, [["Location", location]]);
    }),
    route("/gzip", ["GET"], "JSON in gzip", gzip),
    route("/stream/:n", ["GET"], "n lines of JSON, at most 100", (request, given) => {
      const n = integer(given, 1, 100);
      return n === undefined ? outOfRange("/stream/N", "1 to 100") : lines(request, n);
    }),
  ];
  const index = indexPage(routes);
  return router([route("/", ["GET"], "this page", () => index), ...routes]);
}

function route(path: string, methods: readonly string[], summary: string, handle: Route["handle"]): Route {
  return { path, methods, summary, handle };
}

function indexPage(routes: readonly Route[]): ServerResponse {
  const rows = routes.map(({ path, summary }) => {
    const shown = escapeHtml(path);
    const name = path.includes(":") ? shown : `<a href="${shown}">${shown}</a>`;
    return `<tr><td>${name}<td>${escapeHtml(summary)}`;
  });
  return htmlPage("Practice with HTTP", `<table>\n${rows.join("\n")}\n</table>`);
}

// What httpbin tells of a request

function describe(request: ServerRequest): Record<string, unknown> {
  const { remote } = request;
  return {
    args: asObject(request.query),
    headers: asObject(request.fields),
    origin: remote.family === "unix" ? remote.path : remote.host,
    url: request.url,
  };
}

/** With `data`, `form` and `json`, of which the Content-Type chooses. Left out: multipart, so `files` stays empty. */
async function describeWhole(request: ServerRequest): Promise<Answer> {
  const content = utf8(await request.bytes(DESCRIBED_BYTES_MAX));
  const type = request.fields.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const isForm = type === "application/x-www-form-urlencoded";
  if (isForm && content.split("&", FORM_PAIRS_MAX + 1).length > FORM_PAIRS_MAX)
    return outOfRange("a form here", `at most ${FORM_PAIRS_MAX} names`);
  const data = isForm ? "" : content;
  const parsed = parsedOrNull(data);
  if (parsed !== null && shapeOf(data).depth > JSON_LEVELS_MAX)
    return outOfRange("JSON here", `at most ${JSON_LEVELS_MAX} levels`);
  const form = isForm ? asObject(new URLSearchParams(content)) : {};
  return json({ ...describe(request), data, files: {}, form, json: parsed });
}

function parsedOrNull(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null; // httpbin's way to say: it is no JSON
  }
}

/** Repeated names: fields are combined, arguments become a list. `__proto__` is a name like any other. */
function asObject(pairs: Iterable<readonly [string, string]>): Record<string, unknown> {
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

// The resources

/** Names and values as they stand, nothing decoded or unquoted: a server's cookies come back as it wrote them. */
function cookies(fields: Fields): Record<string, unknown> {
  // RFC 6265 §5.4: one field line. Several are joined as the cookies within one are, not with a comma.
  const field = fields.getAll("cookie").join("; ");
  const pairs = field.split(";").flatMap((pair) => {
    const [name = "", ...value] = pair.trim().split("=");
    return pair.trim() === "" ? [] : [[name, value.join("=")] as const];
  });
  return { cookies: Object.fromEntries(pairs), field };
}

/** What was sent is shown, never run: whoever made a browser send it is not the one who reads it. */
const INERT = [
  ["X-Content-Type-Options", "nosniff"],
  ["Content-Security-Policy", "default-src 'none'; sandbox"],
] as const;

async function echo(request: ServerRequest): Promise<Answer> {
  const { method, target, version, fields } = request;
  const content = await request.bytes();
  if (content.length === 0 && (method === "GET" || method === "HEAD")) {
    const head = [
      `${method} ${target} HTTP/${version}`,
      ...[...fields].map(([name, value]) => `${name}: ${value}`),
    ];
    return {
      fields: [["Content-Type", "text/plain; charset=iso-8859-1"], ...INERT],
      body: latin1Bytes(`${head.join("\r\n")}\r\n\r\n`),
    };
  }
  const type = fields.getAll("content-type")[0] ?? "application/octet-stream";
  return { fields: [["Content-Type", type], ...INERT], body: content };
}

function status(request: ServerRequest, list: string, random: () => number): Answer {
  const codes = list.split(",").map((code) => integer(code, 200, 599));
  const known = codes.filter((code) => code !== undefined);
  if (known.length !== codes.length)
    return outOfRange("/status/CODES", "200 to 599, or several with commas between");
  const code = known[Math.floor(random() * known.length)] as number;
  return { status: code, fields: fieldsOfStatus(code, request) };
}

/** Some statuses mean nothing without a field beside them. */
function fieldsOfStatus(code: number, { method }: ServerRequest): [string, string][] {
  switch (code) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return [["Location", "/redirect/1"]];
    case 401:
      return [["WWW-Authenticate", 'Basic realm="practice"']];
    case 407:
      return [["Proxy-Authenticate", 'Basic realm="practice"']];
    case 405:
      return [["Allow", ANY.filter((other) => other !== method).join(", ")]];
    default:
      return [];
  }
}

function chunks(n: number): Answer {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let i = 1; i <= n; i++) yield latin1Bytes(`chunk ${i} of ${n}\n`);
  }
  return { fields: [["Content-Type", "text/plain; charset=utf-8"]], body: body() };
}

function drip(
  request: ServerRequest,
  delay: NonNullable<PracticeOptions["delay"]>,
): Answer | Promise<Answer> {
  const argument = (name: string, fallback: string): string => request.query.get(name) ?? fallback;
  const durationSeconds = decimal(argument("duration", "2"), 0, 60);
  const n = integer(argument("numbytes", "10"), 1, BYTES_PER_DRIP_MAX);
  const delaySeconds = decimal(argument("delay", "0"), 0, 10);
  const code = integer(argument("code", "200"), 200, 599);
  if (durationSeconds === undefined) return outOfRange("duration", "a number of seconds from 0 to 60");
  if (n === undefined) return outOfRange("numbytes", `1 to ${BYTES_PER_DRIP_MAX}`);
  if (delaySeconds === undefined) return outOfRange("delay", "a number of seconds from 0 to 10");
  if (code === undefined) return outOfRange("code", "200 to 599");

  // No more than a thousand drops: a timer cannot be trusted with less than a few milliseconds.
  const drops = Math.min(n, 1000);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < drops; i++) {
      if (i > 0) await delay(((durationSeconds as number) * 1000) / drops, request.signal);
      const size = Math.floor(((i + 1) * (n as number)) / drops) - Math.floor((i * (n as number)) / drops);
      yield new Uint8Array(size).fill(0x2a);
    }
  }
  const answer: ServerResponse = {
    status: code,
    fields: [
      ["Content-Type", "application/octet-stream"],
      ...(code === 204 || code === 304 ? [] : [["Content-Length", String(n)] as const]),
    ],
    body: body(),
  };
  return delaySeconds === 0 ? answer : delay(delaySeconds * 1000, request.signal).then(() => answer);
}

async function gzip(request: ServerRequest): Promise<Answer> {
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

function lines(request: ServerRequest, n: number): Answer {
  const description = describe(request);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let id = 0; id < n; id++)
      yield new TextEncoder().encode(`${JSON.stringify({ id, ...description })}\n`);
  }
  return { fields: [["Content-Type", "application/json"]], body: body() };
}

function octets(body: Uint8Array): Answer {
  return { fields: [["Content-Type", "application/octet-stream"]], body };
}

/** xorshift32: any seed gives the same bytes everywhere. Not for secrets. */
function randomBytes(n: number, seed: number): Uint8Array {
  let state = seed >>> 0 || 0x9e3779b9; // zero would stay zero
  return new Uint8Array(n).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  });
}

/** A number as it is; of any other text, a hash (FNV-1a). */
function seedOf(seed: string): number {
  if (/^\d{1,9}$/.test(seed)) return Number(seed);
  let hash = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function outOfRange(what: string, range: string): ServerResponse {
  return problem(400, `${what} takes ${range}`);
}

function integer(given: string | undefined, min: number, max: number): number | undefined {
  const value = given !== undefined && /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function decimal(given: string | undefined, min: number, max: number): number | undefined {
  const value = given !== undefined && /^\d{1,4}(\.\d{1,6})?$/.test(given) ? Number(given) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function timerDelay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
