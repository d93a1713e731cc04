import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { latin1, latin1Bytes, printable } from "../../src/bytes/text.ts";
import { serveConnection } from "../../src/http/server/connection.ts";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import type { Answer, HttpHandler } from "../../src/http/server/handler.ts";
import { escapeHtml } from "../../src/http/server/page.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { Fields } from "../../src/http1/fields.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import {
  inUtf8,
  type Outcome,
  type Source,
  withContent,
  withName,
  withoutBlanks,
  withStart,
  withValue,
} from "./source.ts";

/** The bytes that a server with this handler sends. */
async function sentTo(path: string, handler: HttpHandler, serverName?: string): Promise<Outcome> {
  const [near, far] = memoryConnectionPair();
  let wire = "";
  let error: unknown;
  near.attach({
    onBytes(bytes) {
      wire += latin1(bytes);
    },
    onEnd: () => void near.end(),
    onClose() {},
  });
  near.send(`GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
  try {
    await serveConnection(far, {
      handler,
      now: () => 0,
      onExchange: (summary) => {
        error = summary.error;
      },
      ...(serverName !== undefined && { serverName }),
    });
  } catch (thrown) {
    error = thrown;
  }
  near.abort();
  await near.closed;
  return { wire, error };
}

/** The answer after a handler failed. It must not contain the text of the error. */
export const failure = (): Promise<Outcome> =>
  sentTo("/", () => {
    throw new Error("it failed");
  });

const answer = (name: string, made: (text: string) => Answer, planned: Source["planned"]): Source => ({
  name: `answer: ${name}`,
  kind: "response",
  send: (text) => sentTo("/", () => made(text)),
  planned,
});

const field = (name: string): Source =>
  answer(
    `the value of ${name}`,
    (text) => ({ fields: [[name, text]], body: "" }),
    (innocent, text) => withValue(innocent, name, text),
  );

async function* streamed(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("content");
}

const directory = mkdtempSync(join(tmpdir(), "wirepane-injection-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
const files = staticFiles(directory, { listing: true });

/** A file name is bytes without "/" and NUL. Half of a surrogate pair is stored as U+FFFD. */
const fileName = (text: string): string => Buffer.from(`${text.replace(/[/\0]/g, "_")}-`).toString();

/** Names with such a character have no path (safe-path.ts). */
const UNSAFE = /[\u0000-\u001f\u007f\\\ufffd]/;

/** What the path of a request may name. */
const safeName = (text: string): string =>
  fileName(text).replace(new RegExp(UNSAFE, "g"), "_").replace(/^\./, "_");

async function inside(name: string, path: string): Promise<Outcome> {
  const place = join(directory, name);
  mkdirSync(place, { recursive: true });
  const outcome = await sentTo(path, files);
  rmSync(place, { recursive: true });
  return outcome;
}

export const RESPONSES: readonly Source[] = [
  answer(
    "field name",
    (text) => ({ fields: [[text, "value"]] }),
    (innocent, text) => withName(innocent, "abcd", text),
  ),
  field("X-A"),
  field("Set-Cookie"),
  field("Location"),
  field("Content-Type"),
  field("Server"),
  field("Date"),
  answer(
    "reason",
    (text) => ({ reason: text }),
    (innocent, text) => withStart(innocent, 2, text),
  ),
  answer(
    "content",
    (text) => ({ body: text }),
    (innocent, text) => withContent(innocent, inUtf8(text)),
  ),
  answer(
    "name of a trailer",
    (text) => ({ body: streamed(), trailers: () => [[text, "value"]] }),
    (innocent, text) => ({ ...innocent, trailers: [[text, "value"]] }),
  ),
  answer(
    "value of a trailer",
    (text) => ({ body: streamed(), trailers: () => [["X-T", text]] }),
    (innocent, text) => ({ ...innocent, trailers: [["X-T", withoutBlanks(text)]] }),
  ),
  answer(
    "header of a Response",
    (text) => new Response("", { headers: { "x-a": text } }),
    (innocent, text) => withValue(innocent, "x-a", text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "")),
  ),
  answer(
    "status text of a Response",
    (text) => new Response("", { statusText: text }),
    (innocent, text) => withStart(innocent, 2, text),
  ),
  {
    name: "server: its name",
    kind: "response",
    send: (text) => sentTo("/", () => ({}), text),
    planned: (innocent, text) => withValue(innocent, "Server", text),
  },
  {
    name: "early hints: a value",
    kind: "response",
    async send(text) {
      const http = new Http1Connection({ role: "server" });
      http.receive(latin1Bytes("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"));
      http.nextEvent();
      const fields = new Fields(["Link", text]);
      try {
        const wire = http.sendHead({
          type: "informational",
          status: 103,
          reason: "",
          version: "1.1",
          fields,
        });
        return { wire };
      } catch (error) {
        return { wire: "", error };
      }
    },
    planned: (innocent, text) => withValue(innocent, "Link", text),
  },
  {
    name: "files: a redirect to a directory",
    kind: "response",
    send: (text) => inside(safeName(text), `/${encodeURIComponent(safeName(text))}`),
    planned: (innocent, text) => withValue(innocent, "Location", `/${encodeURIComponent(safeName(text))}/`),
  },
  {
    name: "files: a list of names",
    kind: "response",
    send: (text) => inside(join("list", fileName(text)), "/list/"),
    planned: (innocent, text) => {
      const row = (name: string) => {
        const shown = inUtf8(escapeHtml(printable(`${name}/`)));
        const href = escapeHtml(encodeURIComponent(name));
        return UNSAFE.test(name) ? `<tr><td>${shown}\n` : `<tr><td><a href="${href}/">${shown}</a>\n`;
      };
      const name = fileName(text);
      return withContent(
        innocent,
        innocent.content.replace(row(fileName("abcd")), () => (name.startsWith(".") ? "" : row(name))),
      );
    },
  },
];
