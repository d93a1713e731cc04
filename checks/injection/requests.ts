import { latin1 } from "../../src/bytes/text.ts";
import { HttpClient } from "../../src/http/client/client.ts";
import { fetchWith } from "../../src/http/client/fetch.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { redirectedRequest } from "../../src/http/client/redirect.ts";
import { Fields } from "../../src/http1/fields.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import { Incomplete, type Message, readMessages } from "./reader.ts";
import {
  inUtf8,
  type Outcome,
  type Source,
  withContent,
  withName,
  withStart,
  withTarget,
  withValue,
} from "./source.ts";

/** An answer without content, which opens no tunnel for a CONNECT. */
const ANSWER = "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/** Over memory an answer takes no time, even on a busy machine: only a request that is never whole waits so long. */
const HANGS_MS = 60_000;

/** What a client sends, to a server that answers once it has a request. */
export async function sentBy(use: (client: HttpClient) => Promise<unknown>): Promise<Outcome> {
  let wire = "";
  const client = new HttpClient({
    headTimeoutMs: HANGS_MS,
    dial: async () => {
      const [near, far] = memoryConnectionPair();
      far.attach({
        onBytes(bytes) {
          wire += latin1(bytes);
          if (!isIncomplete(wire)) far.send(ANSWER);
        },
        onEnd: () => void far.end(),
        onClose() {},
      });
      return near;
    },
  });
  try {
    await use(client);
    return { wire };
  } catch (error) {
    return { wire, error };
  } finally {
    await client.close();
  }
}

function isIncomplete(wire: string): boolean {
  try {
    readMessages(wire, "request");
    return false;
  } catch (error) {
    return error instanceof Incomplete;
  }
}

const URL_TEXT = "http://a.test/";

function request(name: string, input: (text: string) => RequestInput, planned: Source["planned"]): Source {
  return {
    name: `request: ${name}`,
    kind: "request",
    send: (text) => sentBy((client) => client.request(input(text))),
    planned,
  };
}

/** A field line of this name with the text as its value. */
const field = (name: string): Source =>
  request(
    `the value of ${name}`,
    (text) => ({ url: URL_TEXT, fields: [[name, text]] }),
    (innocent, text) => withValue(innocent, name, text),
  );

const inUrl = (name: string, url: (text: string) => string): Source =>
  request(
    `URL, ${name}`,
    (text) => ({ url: url(text) }),
    (innocent, text) => plannedByUrl(innocent, new URL(url(text))),
  );

/** The message that follows from the canonical reading of a URL (WHATWG). */
function plannedByUrl(innocent: Message, { href, host, username, password }: URL): Message {
  const others = innocent.fields.filter(([name]) => name !== "Host" && name !== "Authorization");
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  const authorization =
    username + password === "" ? [] : [["Authorization", `Basic ${credentials}`] as const];
  const fields = [["Host", host] as const, ...authorization, ...others];
  // RFC 9112 §3.2.1: what stands behind the authority, without the fragment. An empty query has its "?".
  const target = href.replace(/#.*/s, "").replace(/^\w+:\/\/[^/?]*/, "");
  return { ...withTarget(innocent, target), fields };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function* streamed(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("content");
}

const trailer = (
  name: string,
  line: (text: string) => [string, string],
  planned: Source["planned"],
): Source =>
  request(
    `trailer, ${name}`,
    (text) => ({ url: URL_TEXT, method: "POST", body: streamed(), trailers: () => [line(text)] }),
    planned,
  );

const platform = (
  name: string,
  arguments_: (text: string) => Parameters<typeof fetch>,
  planned: Source["planned"],
): Source => ({
  name: `fetch: ${name}`,
  kind: "request",
  send: (text) => sentBy(async (client) => fetchWith(client)(...arguments_(text))),
  planned: (innocent, text) => planned(innocent, text),
});

/** Fetch standard §2.2.2: line ends around a value are whitespace. */
const normalised = (value: string): string => value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");

export const REQUESTS: readonly Source[] = [
  request(
    "method",
    (text) => ({ url: URL_TEXT, method: text }),
    (innocent, text) => withStart(innocent, 0, text),
  ),
  request(
    "target",
    (text) => ({ url: URL_TEXT, target: `/${text}` }),
    (innocent, text) => withTarget(innocent, `/${text}`),
  ),
  request(
    "target of CONNECT",
    (text) => ({ url: URL_TEXT, method: "CONNECT", target: `${text}.test:1`, fields: [["Host", "x"]] }),
    (innocent, text) => withTarget(innocent, `${text}.test:1`),
  ),
  inUrl("path", (text) => `http://a.test/${text}`),
  inUrl("query", (text) => `http://a.test/?${text}`),
  inUrl("user", (text) => `http://${text}:password@a.test/`),
  inUrl("password", (text) => `http://user:${text}@a.test/`),
  inUrl("host", (text) => `http://${text}.test/`),
  inUrl("port", (text) => `http://a.test:80${text === "abcd" ? "" : text}/`),
  request(
    "field name",
    (text) => ({ url: URL_TEXT, fields: [[text, "value"]] }),
    (innocent, text) => withName(innocent, "abcd", text),
  ),
  request(
    "field name, of an object",
    (text) => ({ url: URL_TEXT, fields: { [text]: "value" } }),
    (innocent, text) => withName(innocent, "abcd", text),
  ),
  field("X-A"),
  field("Host"),
  field("Content-Type"),
  field("Cookie"),
  field("Authorization"),
  field("Upgrade"),
  field("Connection"),
  request(
    "a value of several, of an object",
    (text) => ({ url: URL_TEXT, fields: { "X-A": ["one", text], "X-B": "two" } }),
    (innocent, text) => ({
      ...innocent,
      fields: innocent.fields.map((line) =>
        line[1] === "abcd" ? ["X-A", text.replace(/^[\t ]+|[\t ]+$/g, "")] : line,
      ),
    }),
  ),
  request(
    "content",
    (text) => ({ url: URL_TEXT, method: "POST", body: text }),
    (innocent, text) => withContent(innocent, inUtf8(text)),
  ),
  trailer(
    "name",
    (text) => [text, "value"],
    (innocent, text) => ({ ...innocent, trailers: [[text, "value"]] }),
  ),
  trailer(
    "value",
    (text) => ["X-T", text],
    (innocent, text) => ({ ...innocent, trailers: [["X-T", text.replace(/^[\t ]+|[\t ]+$/g, "")]] }),
  ),
  {
    name: "redirect: Location",
    kind: "request",
    send: (text) =>
      sentBy(async (client) => {
        const fields = new Fields(["Location", `/${inUtf8(text)}`]);
        const next = redirectedRequest({ url: URL_TEXT }, { status: 302, fields });
        if (next !== undefined) await client.request(next);
      }),
    planned: (innocent, text) => plannedByUrl(innocent, new URL(`/${text}`, URL_TEXT)),
  },
  platform(
    "method",
    (text) => [URL_TEXT, { method: text }],
    (innocent, text) => withStart(innocent, 0, text),
  ),
  platform(
    "URL",
    (text) => [`http://a.test/${text}`],
    (innocent, text) => plannedByUrl(innocent, new URL(`http://a.test/${text}`)),
  ),
  platform(
    "name in init",
    (text) => [URL_TEXT, { headers: { [text]: "value" } }],
    (innocent, text) => withName(innocent, "abcd", text.toLowerCase()),
  ),
  platform(
    "value in init",
    (text) => [URL_TEXT, { headers: [["x-a", text]] }],
    (innocent, text) => withValue(innocent, "x-a", normalised(text)),
  ),
  platform(
    "value in a Request",
    (text) => [new Request(URL_TEXT, { headers: { "x-a": text } })],
    (innocent, text) => withValue(innocent, "x-a", normalised(text)),
  ),
  platform(
    "type of a Blob",
    (text) => [URL_TEXT, { method: "POST", body: new Blob(["content"], { type: text }) }],
    (innocent, text) => {
      const type = blobType(text);
      if (type !== "") return withValue(innocent, "content-type", type);
      return { ...innocent, fields: innocent.fields.filter(([name]) => name !== "content-type") };
    },
  ),
  platform(
    "URLSearchParams",
    (text) => [URL_TEXT, { method: "POST", body: new URLSearchParams([[text, text]]) }],
    (innocent, text) => withContent(innocent, String(new URLSearchParams([[text, text]]))),
  ),
  form(
    "name",
    (form, text) => form.append(text, "value"),
    (text) => escaped(text.replace(/\r\n?|\n/g, "\r\n")),
  ),
  form(
    "value",
    (form, text) => form.append("name", text),
    (text) => text.replace(/\r\n?|\n/g, "\r\n"),
  ),
  form("file name", (form, text) => form.append("name", new Blob(["content"]), text), escaped),
  form(
    "type of a file",
    (form, text) => form.append("name", new Blob(["content"], { type: text })),
    (text) => blobType(text) || "application/octet-stream",
  ),
];

/** File API §3.1: a type with characters outside printable ASCII is no type. */
const blobType = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : "");

/** HTML standard, "multipart/form-data encoding algorithm". */
function escaped(text: string): string {
  return text.replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");
}

/** How the platform writes a form: the text must occur once in its content, where the innocent text was. */
function form(
  name: string,
  fill: (form: FormData, text: string) => void,
  written: (text: string) => string,
): Source {
  const source = platform(
    `form, ${name}`,
    (text) => {
      const body = new FormData();
      fill(body, text);
      return [URL_TEXT, { method: "POST", body }];
    },
    (innocent, text) =>
      withContent(
        innocent,
        innocent.content.replace("abcd", () => inUtf8(written(text))),
      ),
  );
  return {
    ...source,
    async send(text) {
      const { wire, error } = await source.send(text);
      const boundary = /boundary=([\w-]+)/.exec(wire)?.[1] ?? "-";
      // The boundary is random but always has the same length.
      return { wire: wire.replaceAll(boundary, "b".repeat(boundary.length)), error };
    },
  };
}
