import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { fetch } from "../../src/http/client/fetch.ts";
import { rawServer } from "./raw-server.ts";

type Fetch = typeof globalThis.fetch;

/** The result of using a fetch: a value, or the name of an error and the beginning of its sentence. */
async function outcome(use: () => unknown): Promise<unknown> {
  try {
    return await use();
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message: /^[\w. ]+/.exec(message)?.[0] };
  }
}

const PLAIN = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=latin1\r\n";
const ok = (fields: string, content: string) =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${content.length}\r\n\r\n${content}`;

interface Case {
  readonly answer?: string;
  readonly method?: string;
  readonly use: (response: Response, get: () => Promise<Response>) => unknown;
}

const all = async (response: Response) => [await response.text(), response.bodyUsed];

const CASES: Record<string, Case> = {
  "its members": {
    use: (r) => [r.status, r.ok, r.statusText, r.type, r.redirected, r.bodyUsed, new URL(r.url).pathname],
  },
  "its names, as for-in has them": {
    use: (r) => {
      const names: string[] = [];
      for (const name in r) names.push(name);
      return names.sort();
    },
  },
  "its prototype and tag": {
    use: (r) => [
      r instanceof Response,
      r.constructor === Response,
      Object.prototype.toString.call(r),
      Object.keys(r),
      r.headers instanceof Headers,
      r.body instanceof ReadableStream,
    ],
  },
  "inspect()": { use: (r) => inspect(r).replace(/127\.0\.0\.1:\d+/, "") },
  "a status text outside ASCII": {
    answer: "HTTP/1.1 200 \xc3\x96K\r\nContent-Length: 0\r\n\r\n",
    use: (r) => r.statusText,
  },
  "a structured clone": {
    // Node 20 makes an empty object of this.
    use: async (r) => [
      await outcome(() => typeof structuredClone(r)),
      await outcome(() => typeof structuredClone(r.headers)),
    ],
  },
  "headers with octets, and repeated": {
    answer: ok("X-L: \xe9\r\nX-R: 1\r\nx-r: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-E:\r\n", "ok"),
    use: (r) => [[...r.headers], r.headers.getSetCookie(), r.headers.get("X-r"), r.headers.has("none")],
  },
  "changing the headers": { use: (r) => r.headers.set("a", "b") },
  "asking for a header with no name": { use: (r) => r.headers.get("") },
  "text(), twice": { use: async (r) => [await all(r), await outcome(() => r.text())] },
  "bodyUsed as soon as text() was called": {
    use: async (r) => {
      const text = r.text();
      return [r.bodyUsed, await text];
    },
  },
  "body after text()": { use: async (r) => [await r.text(), r.body?.locked, r.bodyUsed] },
  "clone() after text()": { use: async (r) => [await r.text(), await outcome(() => r.clone())] },
  "a clone and the response, both read": {
    use: async (r) => {
      const clone = r.clone();
      return [
        await r.text(),
        r.bodyUsed,
        clone.bodyUsed,
        await clone.json(),
        clone.url === r.url,
        clone.status,
      ];
    },
  },
  "text() with a byte order mark and another charset": {
    answer: ok("Content-Type: text/plain; charset=latin1\r\n", "\xef\xbb\xbf\xc3\xa9\xe9"),
    use: all,
  },
  "json() of what is none": { answer: ok("", "{no"), use: (r) => r.json() },
  "json() of nothing": { answer: ok("", ""), use: (r) => r.json() },
  "arrayBuffer()": { use: async (r) => new Uint8Array(await r.arrayBuffer()) },
  "bytes()": {
    use: async (r) => {
      // Older types do not have this.
      const bytes = await (r as Response & { bytes(): Promise<Uint8Array> }).bytes();
      return [bytes, bytes.buffer.byteLength, Object.getPrototypeOf(bytes) === Uint8Array.prototype];
    },
  },
  "blob()": {
    answer: `${PLAIN}Content-Length: 2\r\n\r\nok`,
    use: async (r) => {
      const blob = await r.blob();
      return [blob.type, await blob.text()];
    },
  },
  "formData()": {
    answer: ok("Content-Type: application/x-www-form-urlencoded\r\n", "a=1&b=2"),
    use: async (r) => [...(await r.formData())].map(([name, value]) => [name, String(value)]),
  },
  "formData() of what is none": { use: async (r) => (await outcome(() => r.formData())) !== undefined },
  "a Response of its body": { use: async (r) => [await new Response(r.body).text(), r.bodyUsed] },
  "its body in a loop": {
    use: async (r) => {
      let text = "";
      for await (const chunk of r.body ?? []) text += Buffer.from(chunk).toString();
      return [text, r.bodyUsed, await outcome(() => r.text())];
    },
  },
  "its body through a transform": {
    use: async (r) => {
      const decoded = (r.body as ReadableStream).pipeThrough(new TextDecoderStream() as never);
      let text = "";
      for await (const part of decoded) text += part;
      return text;
    },
  },
  "its body into a buffer of the reader's": {
    use: async (r) => {
      const reader = (r.body as ReadableStream).getReader({ mode: "byob" });
      const { value, done } = await reader.read(new Uint8Array(9));
      const last = await reader.read(new Uint8Array(9));
      return [value, done, last.done, last.value?.byteLength];
    },
  },
  "a body that was cancelled": {
    use: async (r) => [await r.body?.cancel(), r.bodyUsed, (await outcome(() => r.text())) !== ""],
  },
  "a locked body": {
    use: (r) => {
      r.body?.getReader();
      return [r.bodyUsed, r.body?.locked];
    },
  },
  HEAD: {
    method: "HEAD",
    answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    use: async (r) => [r.body, await all(r)],
  },
  "204": {
    answer: "HTTP/1.1 204 No Content\r\n\r\n",
    use: async (r) => [r.body, await all(r), await all(r)],
  },
  "a method without its Response": {
    use: (r) => outcome(() => Reflect.apply(r.text, {}, [])).then((it) => typeof it),
  },
};

for (const [
  name,
  { answer = ok("Content-Type: application/json\r\n", '{"a":1}'), method, use },
] of Object.entries(CASES)) {
  test(`${name}: as with the fetch that is built in`, async () => {
    const [ours, theirs] = await Promise.all(
      [fetch as Fetch, globalThis.fetch].map(async (each) => {
        await using server = await rawServer((peer) => peer.answerAll(answer));
        const get = () => each(`${server.url}/p?q`, method === undefined ? undefined : { method });
        const response = await get();
        return outcome(() => use(response, get));
      }),
    );
    assert.deepEqual(ours, theirs);
  });
}

test("an abort after the head ends a content that is here already", async () => {
  const seen = await Promise.all(
    [fetch as Fetch, globalThis.fetch].map(async (each) => {
      await using server = await rawServer((peer) => peer.answerAll(ok("", "ok")));
      const controller = new AbortController();
      const response = await each(server.url, { signal: controller.signal });
      controller.abort();
      // Older platforms use other words.
      return response.text().catch((error: Error) => error.name);
    }),
  );
  assert.deepEqual(seen, ["AbortError", "AbortError"]);
});

test("every member of the platform's Response works", async () => {
  await using server = await rawServer((peer) => peer.answerAll(ok("", "{}")));
  const response = await fetch(server.url);
  for (const name of Object.getOwnPropertyNames(Response.prototype)) {
    assert.doesNotThrow(() => Reflect.get(response, name), name);
  }
});

for (const headers of [
  { "X-A": " 1 " },
  { "X-A": "1", "x-a": "2" },
  { "X-A": "" },
  { "X-A": "\xe9" },
  { "X-A": "1", "Content-Type": "a/b" },
]) {
  test(`the fields ${JSON.stringify(headers)} have the values that the platform sends`, async () => {
    const [ours, theirs] = await Promise.all(
      [fetch as Fetch, globalThis.fetch].map(async (each) => {
        let seen = "";
        await using server = await rawServer(async (peer) => {
          seen = await peer.head();
          await peer.take(1);
          peer.send(ok("", ""));
        });
        await (await each(server.url, { method: "POST", headers, body: "x" })).text();
        const lines = seen.split("\r\n").filter((line) => /^(?:x-a|content-type):/i.test(line));
        return lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).sort();
      }),
    );
    assert.deepEqual(ours, theirs);
  });
}
