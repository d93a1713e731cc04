import { type Answer, type HttpHandler, json, type ServerResponse, text } from "./handler.ts";
import { escapeHtml, htmlPage } from "./page.ts";
import { decimal, integer, outOfRange } from "./practice/arguments.ts";
import { timerDelay } from "./practice/delay.ts";
import { asObject, cookies, describe, describeWhole, gzip } from "./practice/description.ts";
import { echo } from "./practice/echo.ts";
import { chunks, drip, lines } from "./practice/pieces.ts";
import { randomBytes, seedOf } from "./practice/random-bytes.ts";
import { status } from "./practice/status.ts";
import { type Route, router } from "./router.ts";

// Resources to practise on, without the internet: httpbin's paths and its JSON, where httpbin has them.

/** Where the practice endpoints have chance and time from. */
export interface PracticeOptions {
  /** A random number in [0, 1), for /status with a choice and /bytes without a seed; `Math.random` by default. */
  readonly random?: () => number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; a timer by default. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

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
      (request, codes) => status(request, codes ?? "", random, ANY),
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

function octets(body: Uint8Array): Answer {
  return { fields: [["Content-Type", "application/octet-stream"]], body };
}
