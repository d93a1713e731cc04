import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { fetch } from "../../src/http/client/fetch.ts";
import { type Deferred, deferred, type Peer, rawServer } from "./raw-server.ts";

// The Fetch standard (https://fetch.spec.whatwg.org), one promise a test. Each test does the same with our fetch and with
// the fetch that is built into Node, and says what has to come of it. Where Node does otherwise, `node` says what Node
// does. docs/fetch.md names these tests.

type Fetch = typeof globalThis.fetch;

/** A request as the server got it: its first line, the fields that say something about it, and its content. */
interface Seen {
  readonly line: string;
  readonly fields: Record<string, string>;
  readonly content: string;
}

interface Served {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly peers: readonly Peer[];
  /** The server has the first request. */
  readonly asked: Promise<void>;
}

/** Reads requests, and answers them with the answers in their order; the last one answers all that follow. */
async function serving(
  answers: readonly (string | Uint8Array)[],
  peer: Peer,
  seen: Seen[],
  asked: Deferred,
): Promise<void> {
  for (;;) {
    const head = await peer.head().catch(() => undefined);
    if (head === undefined) return;
    const [line = "", ...lines] = head.trimEnd().split("\r\n");
    const fields: Record<string, string> = {};
    for (const each of lines) {
      const [name = "", value = ""] = each.split(/: ?/, 2);
      fields[name.toLowerCase()] = each.slice(name.length + 1).trim() || value;
    }
    const chunked = /^transfer-encoding: chunked/im.test(head);
    const content = chunked ? await dechunked(peer) : await peer.take(Number(fields["content-length"] ?? 0));
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? "";
    seen.push({ line: line.replace(/ HTTP.*/, ""), fields, content });
    asked.resolve();
    peer.send(answer);
  }
}

async function dechunked(peer: Peer): Promise<string> {
  for (let content = ""; ; ) {
    const size = Number.parseInt(await peer.until("\r\n"), 16);
    content += (await peer.take(size + 2)).slice(0, -2);
    if (size === 0) return content;
  }
}

const failed = (error: unknown): string => `throws ${(error as Error).name}`;

interface Case {
  readonly answers?: readonly (string | Uint8Array)[];
  readonly use: (fetch: Fetch, served: Served) => unknown;
  readonly is: unknown;
  /** What Node does, where that is something else. */
  readonly node?: unknown;
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const EMPTY = "Content-Length: 0\r\n\r\n";
const answer = (fields: string, content: string) =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${content.length}\r\n\r\n${content}`;
const redirect = (status: number, to = "/end") => `HTTP/1.1 ${status} Moved\r\nLocation: ${to}\r\n${EMPTY}`;

/** The lines of the requests that the server got. */
const lines = ({ seen }: Served) =>
  seen.map(({ line, content }) => (content === "" ? line : `${line} ${content}`));
const fieldOf = ({ seen }: Served, name: string) => seen.map(({ fields }) => fields[name]);

/** What the server sees of one request. */
function sending(init: () => RequestInit, look: (seen: Seen, served: Served) => unknown): Case["use"] {
  return async (fetch, served) => {
    await (await fetch(`${served.url}/p`, init())).text();
    return look(served.seen[0] as Seen, served);
  };
}

/** What comes of a request that is never sent. */
const refusing = (ask: (fetch: Fetch, url: string) => Promise<unknown>): Case => ({
  use: async (fetch, served) => [
    await ask(fetch, served.url).then(() => "answers", failed),
    served.seen.length,
  ],
  is: ["throws TypeError", 0],
});

const bytesOf = (text: string) => new TextEncoder().encode(text);
function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(bytesOf(piece));
      controller.close();
    },
  });
}

const METHODS: Record<string, Case> = {
  "get, post, put, delete, head and options are sent in upper case": {
    use: async (fetch, served) => {
      for (const method of ["get", "Post", "put", "delete", "options"]) {
        await (await fetch(served.url, { method })).text();
      }
      return lines(served);
    },
    is: ["GET /", "POST /", "PUT /", "DELETE /", "OPTIONS /"],
  },
  "any other method keeps its case": {
    use: sending(
      () => ({ method: "Report" }),
      ({ line }) => line,
    ),
    is: "Report /p",
  },
  "CONNECT is forbidden": refusing((fetch, url) => fetch(url, { method: "connect" })),
  "TRACE is forbidden": refusing((fetch, url) => fetch(url, { method: "TRACE" })),
  "TRACK is forbidden": refusing((fetch, url) => fetch(url, { method: "Track" })),
  "a method that is no token is refused": refusing((fetch, url) => fetch(url, { method: "G T" })),
  "a method that is no text becomes one": {
    use: async (fetch, served) => {
      for (const method of [null, 5]) await (await fetch(served.url, { method } as never)).text();
      return lines(served);
    },
    is: ["null /", "5 /"],
  },
};

const URLS: Record<string, Case> = {
  "a relative URL is refused": refusing((fetch) => fetch("/path")),
  "a URL with credentials is refused": refusing((fetch, url) => fetch(url.replace("//", "//user:password@"))),
  "file: is refused": refusing((fetch) => fetch("file:///etc/hostname")),
  "about:blank is refused": refusing((fetch) => fetch("about:blank")),
  "a blob: URL is answered with its Blob": {
    use: async (fetch) => {
      const url = URL.createObjectURL(new Blob(["hello"], { type: "x/y" }));
      const response = await fetch(url);
      URL.revokeObjectURL(url);
      const { status, type } = response;
      return [status, type, response.headers.get("content-type"), await response.text()];
    },
    is: [200, "basic", "x/y", "hello"],
  },
  "a blob: URL that was revoked is refused": refusing((fetch) => {
    const url = URL.createObjectURL(new Blob(["hello"]));
    URL.revokeObjectURL(url);
    return fetch(url);
  }),
  "a fragment is not sent, and is not in Response.url": {
    use: async (fetch, served) => {
      const { url } = await fetch(`${served.url}/p?q#part`);
      return [lines(served), url.replace(served.url, "")];
    },
    is: [["GET /p?q"], "/p?q"],
  },
  "a URL object is taken": {
    use: async (fetch, served) => (await fetch(new URL("/p", served.url))).status,
    is: 200,
  },
  "blanks and letters outside ASCII are percent-encoded": {
    use: async (fetch, served) => {
      await (await fetch(`${served.url}/a b/é?ü`)).text();
      return lines(served);
    },
    is: ["GET /a%20b/%C3%A9?%C3%BC"],
  },
};

const dataUrl = (url: string, is: unknown): Case => ({
  use: async (fetch) => {
    const response = await fetch(url);
    return [response.headers.get("content-type"), await response.text()];
  },
  is,
});
const DATA: Record<string, Case> = {
  "a data: URL is answered with its content": dataUrl("data:text/html,<b>%C3%A9", ["text/html", "<b>é"]),
  "a data: URL without a type is text/plain in US-ASCII": dataUrl("data:,x", [
    "text/plain;charset=US-ASCII",
    "x",
  ]),
  "a data: URL with a charset alone is text/plain": dataUrl("data:;charset=u,x", [
    "text/plain;charset=u",
    "x",
  ]),
  "a data: URL may be base64, with gaps": dataUrl("data:a/b ;  BASE64,aG%20k=", ["a/b", "hi"]),
  "a data: URL with base64 that is none is refused": refusing((fetch) => fetch("data:a/b;base64,a")),
  "a data: URL without a comma is refused": refusing((fetch) => fetch("data:text/plain")),
  "a data: URL has status 200 OK, type basic and its own URL": {
    use: async (fetch) => {
      const { status, statusText, type, url } = await fetch("data:a/b,x#part");
      return [status, statusText, type, url];
    },
    is: [200, "OK", "basic", "data:a/b,x"],
  },
  "a clone of the answer to a data: URL has its URL and type": {
    use: async (fetch) => {
      const { url, type } = (await fetch("data:,x")).clone();
      return [url, type];
    },
    is: ["data:,x", "basic"],
  },
  "headers of the answer to a data: URL cannot be changed": {
    use: async (fetch) => (await fetch("data:,x")).headers.set("a", "b"),
    is: "throws TypeError",
  },
};

const HEADERS: Record<string, Case> = {
  "values of one name are combined with a comma": {
    use: sending(
      () => ({
        headers: [
          ["X-A", "1"],
          ["x-a", "2"],
        ],
      }),
      ({ fields }) => fields["x-a"],
    ),
    is: "1, 2",
  },
  "whitespace around a value is removed": {
    use: sending(
      () => ({ headers: { "X-A": "\t 1 " } }),
      ({ fields }) => fields["x-a"],
    ),
    is: "1",
  },
  "a Headers object is taken": {
    use: sending(
      () => ({ headers: new Headers({ "X-A": "1" }) }),
      ({ fields }) => fields["x-a"],
    ),
    is: "1",
  },
  "Accept is */* unless the caller gives another": {
    use: async (fetch, served) => {
      await (await fetch(served.url)).text();
      await (await fetch(served.url, { headers: { accept: "a/b" } })).text();
      return fieldOf(served, "accept");
    },
    is: ["*/*", "a/b"],
  },
  "a name that is a symbol is refused": refusing((fetch, url) =>
    fetch(url, { headers: { [Symbol("a")]: "1" } as never }),
  ),
  "a name with a blank is refused": refusing((fetch, url) => fetch(url, { headers: { "X A": "1" } })),
  "a value with a line end is refused": refusing((fetch, url) => fetch(url, { headers: { a: "1\r\nb: 2" } })),
  "a value with NUL is refused": refusing((fetch, url) => fetch(url, { headers: { a: "1\0" } })),
  "a value outside latin1 is refused": refusing((fetch, url) => fetch(url, { headers: { a: "€" } })),
  "headers of a Response cannot be changed": {
    use: async (fetch, served) => {
      const { headers } = await fetch(served.url);
      return ["set", "append", "delete"].map((name) => {
        try {
          return Reflect.apply(Reflect.get(headers, name), headers, ["a", "b"]);
        } catch (error) {
          return failed(error);
        }
      });
    },
    is: ["throws TypeError", "throws TypeError", "throws TypeError"],
  },
  "Set-Cookie lines stay apart": {
    answers: [answer("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", "ok")],
    use: async (fetch, { url }) => (await fetch(url)).headers.getSetCookie(),
    is: ["a=1", "b=2"],
  },
  "Cookie, Host and Origin may be set, as outside a browser nobody forbids them": {
    use: sending(
      () => ({ headers: { cookie: "a=1", origin: "http://o" } }),
      ({ fields: { cookie, origin } }) => [cookie, origin],
    ),
    is: ["a=1", "http://o"],
  },
};

const typed = ({ fields, content }: Seen) => [fields["content-type"], fields["content-length"], content];
const BODIES: Record<string, Case> = {
  "a text is sent as UTF-8, as text/plain": {
    use: sending(() => ({ method: "POST", body: "é" }), typed),
    is: ["text/plain;charset=UTF-8", "2", "\xc3\xa9"],
  },
  "URLSearchParams is sent as a form": {
    use: sending(() => ({ method: "POST", body: new URLSearchParams({ a: "b c" }) }), typed),
    is: ["application/x-www-form-urlencoded;charset=UTF-8", "5", "a=b+c"],
  },
  "a Blob is sent with its type": {
    use: sending(() => ({ method: "POST", body: new Blob(["hi"], { type: "x/y" }) }), typed),
    is: ["x/y", "2", "hi"],
  },
  "a Blob without a type is sent without a type": {
    use: sending(() => ({ method: "POST", body: new Blob(["hi"]) }), typed),
    is: [undefined, "2", "hi"],
  },
  "an ArrayBuffer is sent without a type": {
    use: sending(() => ({ method: "POST", body: bytesOf("hi").buffer as ArrayBuffer }), typed),
    is: [undefined, "2", "hi"],
  },
  "a view is sent without what is around it": {
    use: sending(() => ({ method: "POST", body: bytesOf("-hi-").subarray(1, 3) }), typed),
    is: [undefined, "2", "hi"],
  },
  "FormData is sent as multipart/form-data, with line ends and quotes escaped": {
    use: sending(
      () => {
        const body = new FormData();
        body.append('a"\n', "1\n2");
        body.append("f", new Blob(["hi"], { type: "x/y" }), "n.txt");
        return { method: "POST", body };
      },
      ({ fields, content }) => {
        const [, boundary = ""] =
          /^multipart\/form-data; boundary=(\S+)$/.exec(fields["content-type"] ?? "") ?? [];
        return content.replaceAll(boundary, "B").trimEnd();
      },
    ),
    is: [
      '--B\r\nContent-Disposition: form-data; name="a%22%0D%0A"\r\n\r\n1\r\n2',
      '\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\nContent-Type: x/y\r\n\r\nhi\r\n--B--',
    ].join(""),
  },
  "a stream is sent in chunks as it comes": {
    use: sending(
      () => ({ method: "POST", body: streamOf("he", "llo"), duplex: "half" }),
      ({ fields, content }) => [fields["transfer-encoding"], fields["content-length"], content],
    ),
    is: ["chunked", undefined, "hello"],
  },
  "a stream without duplex: half is refused": refusing((fetch, url) =>
    fetch(url, { method: "POST", body: streamOf("hi") }),
  ),
  "a stream that was read before is refused": refusing(async (fetch, url) => {
    const body = streamOf("hi");
    body.getReader();
    return fetch(url, { method: "POST", body, duplex: "half" });
  }),
  "a Content-Type of the caller's is kept": {
    use: sending(() => ({ method: "POST", body: "{}", headers: { "content-type": "a/b" } }), typed),
    is: ["a/b", "2", "{}"],
  },
  "a Request with a text has a length": {
    use: async (fetch, served) => {
      await (await fetch(new Request(served.url, { method: "POST", body: "hi" }))).text();
      return typed(served.seen[0] as Seen);
    },
    is: ["text/plain;charset=UTF-8", "2", "hi"],
  },
  "a Request with a stream is sent in chunks": {
    use: async (fetch, served) => {
      const init = { method: "POST", body: streamOf("he", "llo"), duplex: "half" } as const;
      await (await fetch(new Request(served.url, init))).text();
      const { fields, content } = served.seen[0] as Seen;
      return [fields["transfer-encoding"], fields["content-length"], content];
    },
    is: ["chunked", undefined, "hello"],
  },
  "a chunk of a stream that is no Uint8Array is an error": {
    use: (fetch, { url }) => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(1);
          controller.close();
        },
      });
      return fetch(url, { method: "POST", body, duplex: "half" }).then(() => "answers", failed);
    },
    is: "throws TypeError",
  },
  "GET with a body is refused": refusing((fetch, url) => fetch(url, { body: "x" })),
  "get with a body is refused": refusing((fetch, url) => fetch(url, { method: "get", body: "x" })),
  "HEAD with a body is refused": refusing((fetch, url) => fetch(url, { method: "HEAD", body: "x" })),
  "POST without a body says Content-Length: 0": {
    use: sending(
      () => ({ method: "POST" }),
      ({ fields }) => fields["content-length"],
    ),
    is: "0",
  },
  "the body of a Request is used up": {
    use: async (fetch, { url }) => {
      const request = new Request(url, { method: "POST", body: "x" });
      const first = (await fetch(request)).status;
      return [first, request.bodyUsed, await fetch(request).then(() => "answers", failed)];
    },
    is: [200, true, "throws TypeError"],
  },
  "init comes before the members of a Request": {
    use: async (fetch, served) => {
      const request = new Request(served.url, { method: "POST", body: "old", headers: { "X-A": "old" } });
      await (await fetch(request, { method: "PUT", body: "new", headers: { "X-B": "new" } })).text();
      const { fields } = served.seen[0] as Seen;
      return [lines(served), fields["x-a"], fields["x-b"]];
    },
    is: [["PUT / new"], undefined, "new"],
  },
};

/** What follows one redirect. */
const following = (status: number, method: string, is: unknown, body?: string): Case => ({
  answers: [redirect(status), OK],
  use: async (fetch, served) => {
    await (await fetch(served.url, { method, ...(body !== undefined && { body }) })).text();
    return lines(served);
  },
  is,
});

const REDIRECTS: Record<string, Case> = {
  "301 makes GET of POST": following(301, "POST", ["POST / x", "GET /end"], "x"),
  "302 makes GET of POST": following(302, "POST", ["POST / x", "GET /end"], "x"),
  "302 keeps PUT and its body": following(302, "PUT", ["PUT / x", "PUT /end x"], "x"),
  "303 makes GET of PUT": following(303, "PUT", ["PUT / x", "GET /end"], "x"),
  "303 keeps HEAD": following(303, "HEAD", ["HEAD /", "HEAD /end"]),
  "307 keeps the method and the body": following(307, "POST", ["POST / x", "POST /end x"], "x"),
  "308 keeps the method and the body": following(308, "POST", ["POST / x", "POST /end x"], "x"),
  "the fields about a body go with it": {
    answers: [redirect(303), OK],
    use: async (fetch, served) => {
      const headers = { "content-type": "a/b", "content-language": "en", "x-a": "1" };
      await (await fetch(served.url, { method: "POST", body: "x", headers })).text();
      const { fields } = served.seen[1] as Seen;
      return [fields["content-type"], fields["content-language"], fields["content-length"], fields["x-a"]];
    },
    is: [undefined, undefined, undefined, "1"],
  },
  "follow tells where it led": {
    answers: [redirect(302, "/end#part"), OK],
    use: async (fetch, { url }) => {
      const response = await fetch(url);
      return [response.url.replace(url, ""), response.redirected];
    },
    is: ["/end", true],
  },
  "a relative Location is resolved": {
    answers: [redirect(302, "../c?d"), OK],
    use: async (fetch, served) => {
      await (await fetch(`${served.url}/a/b/`)).text();
      return lines(served);
    },
    is: ["GET /a/b/", "GET /a/c?d"],
  },
  "error refuses a redirect": {
    answers: [redirect(302), OK],
    use: async (fetch, served) => [
      await fetch(served.url, { redirect: "error" }).then(() => "answers", failed),
      lines(served),
    ],
    is: ["throws TypeError", ["GET /"]],
  },
  "manual gives the redirect, so that a program can follow it": {
    answers: [redirect(302)],
    use: async (fetch, { url }) => {
      const response = await fetch(url, { redirect: "manual" });
      return [response.status, response.headers.get("location"), response.redirected];
    },
    is: [302, "/end", false],
  },
  "twenty redirects are followed": {
    answers: [...Array.from({ length: 20 }, () => redirect(302)), OK],
    use: async (fetch, served) => [(await fetch(served.url)).status, served.seen.length],
    is: [200, 21],
  },
  "twenty-one redirects are an error": {
    answers: [redirect(302)],
    use: async (fetch, served) => [await fetch(served.url).then(() => "answers", failed), served.seen.length],
    is: ["throws TypeError", 21],
  },
  "a redirect without a Location is a response": {
    answers: [`HTTP/1.1 302 Found\r\n${EMPTY}`],
    use: async (fetch, { url }) => (await fetch(url)).status,
    is: 302,
  },
  "an empty Location is none, as in browsers": {
    answers: [redirect(302, ""), OK],
    use: async (fetch, { url }) => (await fetch(url)).status,
    is: 302,
    node: 200,
  },
  "octets of a Location outside ASCII are percent-encoded": {
    answers: [redirect(302, "/\xc3\xa9"), OK],
    use: async (fetch, served) => {
      await (await fetch(served.url)).text();
      return lines(served);
    },
    is: ["GET /", "GET /%C3%A9"],
  },
  "a redirect to another scheme is an error": {
    answers: [redirect(302, "ftp://127.0.0.1/")],
    use: (fetch, { url }) => fetch(url).then(() => "answers", failed),
    is: "throws TypeError",
  },
  "a redirect to a data: URL is an error": {
    answers: [redirect(302, "data:,x")],
    use: (fetch, { url }) => fetch(url).then(() => "answers", failed),
    is: "throws TypeError",
  },
  "307 with a stream is an error": {
    answers: [redirect(307), OK],
    use: (fetch, { url }) =>
      fetch(url, { method: "POST", body: streamOf("x"), duplex: "half" }).then(() => "answers", failed),
    is: "throws TypeError",
  },
  "307 with a Request with a stream is an error": {
    answers: [redirect(307), OK],
    use: (fetch, { url }) =>
      fetch(new Request(url, { method: "POST", body: streamOf("x"), duplex: "half" })).then(
        () => "answers",
        failed,
      ),
    is: "throws TypeError",
  },
  "303 with a stream is followed": {
    answers: [redirect(303), OK],
    use: async (fetch, { url }) =>
      (await fetch(url, { method: "POST", body: streamOf("x"), duplex: "half" })).status,
    is: 200,
  },
};

const RESPONSES: Record<string, Case> = {
  "type is basic": { use: async (fetch, { url }) => (await fetch(url)).type, is: "basic" },
  "ok is true from 200 to 299 only": {
    answers: ["HTTP/1.1 299 A\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404 B\r\nContent-Length: 0\r\n\r\n"],
    use: async (fetch, { url }) => {
      const shown = ({ ok, status, statusText }: Response) => [ok, status, statusText];
      return [shown(await fetch(url)), shown(await fetch(url))];
    },
    is: [
      [true, 299, "A"],
      [false, 404, "B"],
    ],
  },
  "204, 205, 304 and the answer to HEAD have a null body": {
    answers: [
      "HTTP/1.1 204 No Content\r\n\r\n",
      `HTTP/1.1 205 Reset Content\r\n${EMPTY}`,
      "HTTP/1.1 304 Not Modified\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    ],
    use: async (fetch, { url }) => {
      const bodies: unknown[] = [];
      for (const method of ["GET", "GET", "GET", "HEAD"]) bodies.push((await fetch(url, { method })).body);
      return bodies;
    },
    is: [null, null, null, null],
  },
  "the blob of a response without a body has its type": {
    answers: ["HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: 5\r\n\r\n"],
    use: async (fetch, { url }) => (await (await fetch(url, { method: "HEAD" })).blob()).type,
    is: "x/y",
  },
  "407 is a response, as the caller may be able to answer it": {
    answers: [`HTTP/1.1 407 P\r\nProxy-Authenticate: Basic realm=x\r\n${EMPTY}`],
    use: async (fetch, { url }) => (await fetch(url)).status,
    is: 407,
    node: "throws TypeError",
  },
  "three hundred field lines are read": {
    answers: [answer("X-A: 1\r\n".repeat(300), "ok")],
    use: async (fetch, { url }) => (await fetch(url)).headers.get("x-a")?.length,
    is: 898,
  },
  "100, 102 and 103 are passed over": {
    answers: [
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
    ],
    use: async (fetch, { url }) => {
      const response = await fetch(url);
      return [response.status, response.headers.get("link"), await response.text()];
    },
    is: [200, null, "ok"],
    node: "throws TypeError",
  },
  "a coded content is decoded, and its fields stay": {
    answers: [
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zlib.gzipSync("hi").length}\r\n\r\n`,
        ),
        zlib.gzipSync("hi"),
      ]),
    ],
    use: async (fetch, { url }) => {
      const response = await fetch(url);
      return [response.headers.get("content-encoding"), await response.text()];
    },
    is: ["gzip", "hi"],
  },
  "a request with Range asks for no coding": {
    use: sending(
      () => ({ headers: { range: "bytes=0-1" } }),
      ({ fields }) => fields["accept-encoding"],
    ),
    is: "identity",
  },
  "a content that is cut short is an error": {
    answers: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
    use: async (fetch, { url, peers }) => {
      const response = await fetch(url);
      for (const peer of peers) peer.end();
      return response.text().catch(failed);
    },
    is: "throws TypeError",
  },
  "json() reads UTF-8, whatever the charset says": {
    answers: [answer("Content-Type: application/json; charset=latin1\r\n", '"\xc3\xa9"')],
    use: async (fetch, { url }) => (await fetch(url)).json(),
    is: "é",
  },
  "text() removes a byte order mark": {
    answers: [answer("", "\xef\xbb\xbfa")],
    use: async (fetch, { url }) => (await fetch(url)).text(),
    is: "a",
  },
  "arrayBuffer() gives the octets": {
    answers: [answer("", "\x00\xff")],
    use: async (fetch, { url }) => [...new Uint8Array(await (await fetch(url)).arrayBuffer())],
    is: [0, 255],
  },
  "blob() has the type of the response": {
    answers: [answer("Content-Type: x/y\r\n", "hi")],
    use: async (fetch, { url }) => {
      const { type, size } = await (await fetch(url)).blob();
      return [type, size];
    },
    is: ["x/y", 2],
  },
  "formData() reads a form": {
    answers: [answer("Content-Type: application/x-www-form-urlencoded\r\n", "a=1&b=%C3%A9")],
    use: async (fetch, { url }) => [...(await (await fetch(url)).formData())].map(String),
    is: ["a,1", "b,é"],
  },
  "formData() reads parts and files": {
    answers: [
      answer(
        "Content-Type: multipart/form-data; boundary=B\r\n",
        '--B\r\nContent-Disposition: form-data; name="f"; filename="n"\r\nContent-Type: x/y\r\n\r\nhi\r\n--B--\r\n',
      ),
    ],
    use: async (fetch, { url }) => {
      const file = (await (await fetch(url)).formData()).get("f") as File;
      return [file.name, file.type, await file.text()];
    },
    is: ["n", "x/y", "hi"],
  },
  "a content is read once": {
    use: async (fetch, { url }) => {
      const response = await fetch(url);
      const before = response.bodyUsed;
      await response.text();
      return [before, response.bodyUsed, await response.text().catch(failed)];
    },
    is: [false, true, "throws TypeError"],
  },
  "clone() gives the content a second time": {
    use: async (fetch, { url }) => {
      const response = await fetch(url);
      const clone = response.clone();
      return [await response.text(), await clone.text()];
    },
    is: ["ok", "ok"],
  },
  "clone() after reading is refused": {
    use: async (fetch, { url }) => {
      const response = await fetch(url);
      await response.text();
      try {
        return response.clone();
      } catch (error) {
        return failed(error);
      }
    },
    is: "throws TypeError",
  },
  "body is a stream of bytes": {
    use: async (fetch, { url }) => {
      const read = await (await fetch(url)).body?.getReader().read();
      return [read?.value instanceof Uint8Array, Buffer.from(read?.value ?? []).toString()];
    },
    is: [true, "ok"],
  },
};

const REASON = new Error("enough");
const reasonOf = (error: unknown) => (error === REASON ? "the reason" : failed(error));

const ABORTS: Record<string, Case> = {
  "a signal that is aborted before sends nothing": {
    use: async (fetch, { url, seen }) => [
      await fetch(url, { signal: AbortSignal.abort(REASON) }).catch(reasonOf),
      seen.length,
    ],
    is: ["the reason", 0],
  },
  "an abort before the response rejects with the reason": {
    answers: [""],
    use: async (fetch, { url, peers, asked }) => {
      const controller = new AbortController();
      const response = fetch(url, { signal: controller.signal }).catch(reasonOf);
      await asked;
      controller.abort(REASON);
      await peers[0]?.closed();
      return response;
    },
    is: "the reason",
  },
  "an abort within the content rejects with the reason, and ends the connection": {
    answers: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
    use: async (fetch, { url, peers }) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      const read = response.text().catch(reasonOf);
      controller.abort(REASON);
      await peers[0]?.closed();
      return read;
    },
    is: "the reason",
  },
  "an abort after the content changes nothing": {
    use: async (fetch, { url }) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      const text = await response.text();
      controller.abort(REASON);
      return [text, response.status];
    },
    is: ["ok", 200],
  },
  "AbortSignal.timeout() rejects with a TimeoutError": {
    answers: [""],
    use: (fetch, { url }) => fetch(url, { signal: AbortSignal.timeout(20) }).catch(failed),
    is: "throws TimeoutError",
  },
  "the signal of a Request is heeded": {
    answers: [""],
    use: (fetch, { url }) => {
      const controller = new AbortController();
      const asked = fetch(new Request(url, { signal: controller.signal })).catch(
        (error: Error) => error.name,
      );
      controller.abort();
      return asked;
    },
    is: "AbortError",
  },
  "cancelling the body ends the exchange": {
    answers: ["HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nok"],
    use: async (fetch, { url, peers }) => {
      await (await fetch(url)).body?.cancel();
      await peers[0]?.closed();
      return "closed";
    },
    is: "closed",
  },
  "a network error is a TypeError with a cause": {
    use: (fetch) => fetch("http://127.0.0.1:1/").catch((e: Error) => [e.name, e.cause instanceof Error]),
    is: ["TypeError", true],
  },
  "the message of a network error is the one by which programs know it": {
    answers: ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
    use: async (fetch, { url, peers }) => {
      const before = await fetch("http://127.0.0.1:1/").catch((error: Error) => error.message);
      const response = await fetch(url);
      for (const peer of peers) peer.end();
      return [before, await response.text().catch((error: Error) => error.message)];
    },
    is: ["fetch failed", "terminated"],
  },
};

const MEMBERS: Record<string, Case> = {
  "init may be null": {
    use: async (fetch, { url }) => (await fetch(url, null as never)).status,
    is: 200,
  },
  "init that is no object is refused": refusing((fetch, url) => fetch(url, "GET" as never)),
  "members of a class and of a prototype count": {
    use: sending(
      () =>
        new (class {
          get method() {
            return "PUT";
          }
        })(),
      ({ line }) => line,
    ),
    is: "PUT /p",
  },
  "duplex: full is refused": refusing((fetch, url) =>
    fetch(url, { method: "POST", body: "x", duplex: "full" as never }),
  ),
  "a mode that nobody knows is refused": refusing((fetch, url) => fetch(url, { mode: "odd" as never })),
  "mode: navigate is refused": refusing((fetch, url) => fetch(url, { mode: "navigate" })),
  "a cache mode that nobody knows is refused": refusing((fetch, url) =>
    fetch(url, { cache: "odd" } as RequestInit),
  ),
  "cache: only-if-cached is refused": refusing((fetch, url) =>
    fetch(url, { cache: "only-if-cached" } as RequestInit),
  ),
  "credentials that nobody knows are refused": refusing((fetch, url) =>
    fetch(url, { credentials: "odd" as never }),
  ),
  "a referrer that is no URL is refused": refusing((fetch, url) => fetch(url, { referrer: "http://[" })),
  "a window is refused": refusing((fetch, url) => fetch(url, { window: 5 as never })),
};

const IGNORED: Record<string, Case> = {
  "integrity is refused, as it would not be checked": {
    use: (fetch, { url }) => fetch(url, { integrity: "sha256-AAAA" }).then(() => "answers", failed),
    is: "throws TypeError",
  },
  "integrity of a Request is refused": {
    use: (fetch, { url }) =>
      fetch(new Request(url, { integrity: "sha256-AAAA" })).then(() => "answers", failed),
    is: "throws TypeError",
  },
  "mode, credentials, cache, referrer, keepalive and priority change nothing that is sent": {
    use: async (fetch, served) => {
      const { url, seen } = served;
      await (await fetch(url)).text();
      const init = { credentials: "include", cache: "no-cache", referrer: "", keepalive: true } as const;
      await (await fetch(url, { ...init, mode: "cors", priority: "high" } as RequestInit)).text();
      const names = seen.map(({ fields }) => Object.keys(fields).sort().join());
      return names[0] === names[1];
    },
    is: true,
    node: false,
  },
};

const TOPICS = { METHODS, URLS, DATA, HEADERS, BODIES, MEMBERS, REDIRECTS, RESPONSES, ABORTS, IGNORED };

async function outcome({ answers = [OK], use }: Case, each: Fetch): Promise<unknown> {
  const seen: Seen[] = [];
  const asked = deferred();
  await using server = await rawServer((peer) => serving(answers, peer, seen, asked).catch(() => {}));
  const { url, peers } = server;
  try {
    return await use(each, { url, seen, peers, asked: asked.promise });
  } catch (error) {
    return failed(error);
  }
}

for (const cases of Object.values(TOPICS))
  for (const [name, each] of Object.entries(cases))
    test(name, async () => {
      const [ours, theirs] = await Promise.all([
        outcome(each, fetch as Fetch),
        outcome(each, globalThis.fetch),
      ]);
      assert.deepEqual(ours, each.is);
      assert.deepEqual(theirs, "node" in each ? each.node : each.is, "the fetch of Node");
    });
