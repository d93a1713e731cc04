import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { authenticate } from "../../src/http/client/authentication/authenticate.ts";
import { HttpClient } from "../../src/http/client/client.ts";
import { formPart } from "../../src/http/client/multipart/form-part.ts";
import { multipartBody } from "../../src/http/client/multipart/multipart.ts";
import { followRedirects } from "../../src/http/client/redirect.ts";
import type { ContentSource, RequestContent } from "../../src/http/client/request-content.ts";
import { retries } from "../../src/http/client/retries/retry.ts";
import { withSteps } from "../../src/http/client/step.ts";
import { type Peer, rawServer } from "./raw-server.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-content-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** A content that counts how often it was opened, and how many of its streams are let go of. */
function counting(text: string, length?: number): ContentSource & { opened: number; left: number } {
  const source = {
    length,
    opened: 0,
    left: 0,
    async *open() {
      source.opened++;
      try {
        for (const piece of text.match(/.{1,4}/gs) ?? []) yield Buffer.from(piece);
      } finally {
        source.left++;
      }
    },
  };
  return source;
}

/** Reads a request with a Content-Length. */
async function received(peer: Peer): Promise<{ head: string; content: string }> {
  const head = await peer.head();
  return { head, content: await peer.take(Number(/^content-length: (\d+)/im.exec(head)?.[1])) };
}

test("a content that can be opened is sent with its length, or in chunks if its length is not known", async () => {
  await using client = new HttpClient();
  const chunked = "4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n";
  for (const [length, framing, wire] of [
    [6, "Content-Length: 6", "abcdef"],
    [undefined, "Transfer-Encoding: chunked", chunked],
  ] as const) {
    const body = counting("abcdef", length);
    await using server = await rawServer(async (peer) => {
      const head = await peer.head();
      assert.match(head, new RegExp(`\r\n${framing}\r\n`));
      assert.equal(await peer.take(wire.length), wire);
      peer.send(OK);
    });
    assert.equal((await client.request({ url: server.url, method: "PUT", body })).status, 200);
    assert.deepEqual([body.opened, body.left], [1, 1]);
  }
});

test("a length that is not that of the bytes is an error, and so is one that the fields contradict", async () => {
  await using server = await rawServer();
  await using client = new HttpClient();
  for (const length of [5, 7]) {
    const body = counting("abcdef", length);
    const asked = client.request({ url: server.url, method: "PUT", body });
    await assert.rejects(asked, { code: "BODY_MISMATCH" });
    assert.equal(body.left, 1);
  }
  const fields = { "Content-Length": "7" };
  const contradicted = client.request({
    url: server.url,
    method: "PUT",
    fields,
    body: counting("abcdef", 6),
  });
  await assert.rejects(contradicted, { code: "BODY_MISMATCH" });
  for (const length of [-1, 1.5, Number.NaN, 2 ** 60]) {
    const asked = client.request({ url: server.url, method: "PUT", body: counting("abcdef", length) });
    await assert.rejects(asked, { code: /INVALID|MISMATCH|LENGTH/ }, `${length}`);
  }
});

test("a content that can be opened follows 307 and 308; a stream is refused", async () => {
  const contents: string[] = [];
  await using server = await rawServer(async (peer) => {
    for (const path of ["/2", "/3"]) {
      contents.push((await received(peer)).content);
      peer.send(
        `HTTP/1.1 30${path === "/2" ? 7 : 8} Elsewhere\r\nLocation: ${path}\r\nContent-Length: 0\r\n\r\n`,
      );
    }
    contents.push((await received(peer)).content);
    peer.send(OK);
  });
  await using client = new HttpClient();
  const put = (body: RequestContent) =>
    followRedirects({ url: server.url, method: "PUT", fields: { "Content-Length": "6" }, body }, (input) =>
      client.request(input),
    );
  const body = counting("abcdef", 6);
  const { response, urls } = await put(body);
  assert.equal(response.status, 200);
  assert.deepEqual(contents, ["abcdef", "abcdef", "abcdef"]);
  assert.equal(urls.length, 3);
  assert.deepEqual([body.opened, body.left], [3, 3]);

  // A file stream of Node has a method `open`, too. It comes only once.
  const path = join(folder, "six");
  writeFileSync(path, "abcdef");
  await using second = await rawServer(async (peer) => {
    await received(peer);
    peer.send("HTTP/1.1 307 Elsewhere\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n");
  });
  const stream = { url: second.url, method: "PUT", fields: { "Content-Length": "6" } };
  const refused = followRedirects({ ...stream, body: createReadStream(path) }, (input) =>
    client.request(input),
  );
  await assert.rejects(refused, { code: "REDIRECT_REFUSED" });
});

test("a retry opens the content again", async () => {
  const contents: string[] = [];
  await using server = await rawServer(async (peer, index) => {
    contents.push((await received(peer)).content);
    if (index === 0) peer.reset();
    else if (index === 1)
      peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").end();
    else peer.send(OK);
  });
  await using client = new HttpClient();
  const send = withSteps((input) => client.request(input), retries({ minDelayMs: 1 }));
  const body = counting("abcdef", 6);
  assert.equal((await send({ url: server.url, method: "PUT", body })).status, 200);
  assert.deepEqual(contents, ["abcdef", "abcdef", "abcdef"]);
  assert.deepEqual([body.opened, body.left], [3, 3]);
});

test("a content that can be opened is sent again when the server ends a reused connection", async () => {
  await using server = await rawServer(async (peer, index) => {
    assert.equal((await received(peer)).content, "abcdef");
    peer.send(OK);
    if (index > 0) return;
    await received(peer);
    peer.end();
  });
  await using client = new HttpClient();
  const body = counting("abcdef", 6);
  for (let i = 0; i < 2; i++) await client.request({ url: server.url, method: "PUT", body });
  assert.equal(server.peers.length, 2);
  assert.equal(body.opened, 3);
});

test("a Digest challenge is answered with the content of a file", async () => {
  const heads: string[] = [];
  await using server = await rawServer(async (peer) => {
    for (;;) {
      const { head, content } = await received(peer);
      heads.push(head);
      assert.equal(content, "abcdef");
      if (/^authorization: digest/im.test(head)) return peer.send(OK);
      peer.send(
        'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n',
      );
    }
  });
  await using client = new HttpClient({});
  const path = join(folder, "digest");
  writeFileSync(path, "abcdef");
  const who = authenticate({ origin: server.url, user: "u", password: "p" });
  const send = withSteps((input) => client.request(input), who);
  const body = { open: () => createReadStream(path), length: 6 };
  const url = `${server.url}/x`;
  assert.equal((await send({ url, method: "PUT", body, earlyAnswer: "finish" })).status, 200);
  assert.equal(heads.length, 2);
});

test("after 417 the content is opened for the first time", async () => {
  await using server = await rawServer(async (peer, index) => {
    if (index === 0) {
      assert.match(await peer.head(), /^expect: 100-continue/im);
      peer.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").end();
      return;
    }
    const { head, content } = await received(peer);
    assert.doesNotMatch(head, /^expect:/im);
    assert.equal(content, "abcdef");
    peer.send(OK);
  });
  await using client = new HttpClient();
  const body = counting("abcdef", 6);
  const response = await client.request({ url: server.url, method: "PUT", body, expectContinue: true });
  assert.equal(response.status, 200);
  assert.equal(body.opened, 1);
});

test("a content that cannot be opened fails the request with its own error", async () => {
  await using server = await rawServer((peer, index) => (index < 2 ? undefined : peer.answerAll(OK)));
  await using client = new HttpClient();
  const gone = new Error("the file is gone");
  const body = {
    open: () => {
      throw gone;
    },
  };
  await assert.rejects(client.request({ url: server.url, method: "PUT", body }), gone);
  const missing = { open: () => createReadStream(join(folder, "missing")), length: 3 };
  await assert.rejects(client.request({ url: server.url, method: "PUT", body: missing }), { code: "ENOENT" });
  assert.equal((await client.request({ url: server.url })).status, 200);
});

test("a form with a file follows a redirect with the same octets, and with a length", async () => {
  const contents: string[] = [];
  await using server = await rawServer(async (peer) => {
    contents.push((await received(peer)).content);
    peer.send("HTTP/1.1 307 Elsewhere\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n");
    contents.push((await received(peer)).content);
    peer.send(OK);
  });
  await using client = new HttpClient();
  const file = counting("abcdef", 6);
  const body = multipartBody({ boundary: "b", parts: [formPart({ name: "f", content: file })] });
  await followRedirects({ url: server.url, method: "POST", body }, (input) => client.request(input));
  const form = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nabcdef\r\n--b--\r\n';
  assert.deepEqual(contents, [form, form]);
  assert.equal(file.opened, 2);
});

test("what is no content is refused before anything is sent", async () => {
  await using server = await rawServer();
  await using client = new HttpClient();
  for (const wrong of [5, null, {}, { open: 1 }, true]) {
    const body = wrong as unknown as RequestContent;
    await assert.rejects(client.request({ url: server.url, method: "PUT", body }), TypeError);
  }
  assert.equal(server.peers.length, 0);
});
