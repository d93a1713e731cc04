import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HttpHandler, json, text } from "../../src/http/server/handler.ts";
import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import { rawClient, settled } from "./raw-client.ts";

const hello: HttpHandler = () => text("Hello, world!");
const G = "GET / HTTP/1.1\r\nHost: a\r\n";

test("head and small content leave as one write", async () => {
  const client = rawClient(hello);
  client.send(`${G}\r\n`);
  await client.until(/world!/);
  assert.deepEqual(client.writes, [
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n" +
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\n\r\nHello, world!",
  ]);
});

test("a request that arrives byte by byte is the same request", async () => {
  const client = rawClient((request) => text(`${request.method} ${request.target}`));
  for (const octet of `${G}\r\n`) client.send(octet);
  assert.match(await client.until(/GET \/$/), /^HTTP\/1\.1 200 OK\r\n/);
});

test("however the bytes are cut, the answers are the same", async () => {
  const bytes = [
    "GET /1?a=b HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    "PUT /4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n",
    "BROKEN\r\n\r\n",
  ].join("");
  const answersTo = async (pieces: readonly string[]): Promise<string> => {
    const client = rawClient(async (request) => text(`${request.target} ${await request.text()}`));
    for (const piece of pieces) {
      client.send(piece);
      await Promise.resolve();
    }
    return client.toEnd();
  };
  const whole = await answersTo([bytes]);
  assert.equal(whole.match(/HTTP\/1\.1 (200|400)/g)?.length, 5);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      assert.equal(await answersTo(at.slice(1).map((end, i) => bytes.slice(at[i], end))), whole);
    }),
    { numRuns: 200 },
  );
});

test("pipelined requests are answered in order, and gathered into one write", async () => {
  const client = rawClient((request) => text(request.path));
  client.send(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  const received = await client.until(/\/3$/);
  assert.deepEqual(received.match(/\/\d(?=HTTP|$)/g), ["/1", "/2", "/3"]);
  assert.equal(client.writes.length, 1);
});

test("a slow answer holds back the quick answers after it", async () => {
  let release = (): void => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen: string[] = [];
  const client = rawClient(async (request) => {
    seen.push(request.path);
    if (request.path === "/slow") await slow;
    return text(request.path);
  });
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
  await settled();
  assert.deepEqual(seen, ["/slow"], "one is in process at a time");
  release();
  assert.match(await client.until(/\/quick$/), /\/slowHTTP.*\/quick$/s);
});

test("answers from promises are sent together if their requests came together", async () => {
  const client = rawClient(async (request) => {
    await Promise.resolve();
    return text(request.path);
  });
  client.send(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  const received = await client.until(/\/3$/);
  assert.deepEqual(received.match(/\/\d(?=HTTP|$)/g), ["/1", "/2", "/3"]);
  assert.equal(client.writes.length, 1);
});

test("an answer does not wait for the next answer", async () => {
  const client = rawClient((request) =>
    request.path === "/1" ? text("first") : new Promise<never>(() => {}),
  );
  client.send(["/1", "/2"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  assert.match(await client.until(/first$/), /^HTTP\/1\.1 200/);
});

test("HEAD has the fields of GET and no content", async () => {
  const client = rawClient(hello);
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [head, get] = (await client.until(/world!$/)).split(/(?=HTTP\/1\.1)/);
  assert.match(head ?? "", /Content-Length: 13\r\n\r\n$/);
  assert.equal(get, `${head}Hello, world!`);
});

for (const status of [204, 304]) {
  test(`a ${status} has no content and no length, whatever the handler gave`, async () => {
    const client = rawClient(() => ({ status, body: "surplus" }));
    client.send(`${G}\r\n`);
    const received = await client.until(/\r\n\r\n/);
    assert.doesNotMatch(received, /surplus|Content-Length|Transfer-Encoding/);
  });
}

test("a stream is chunked, and its trailers follow", async () => {
  async function* body() {
    yield new TextEncoder().encode("one");
    yield new Uint8Array(0);
    yield new TextEncoder().encode("three");
  }
  const client = rawClient(() => ({ body: body(), trailers: () => [["X-Sum", "8"]] }));
  client.send(`${G}\r\n`);
  const received = await client.until(/X-Sum/);
  assert.match(
    received,
    /Transfer-Encoding: chunked\r\n.*\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\nX-Sum: 8\r\n\r\n$/s,
  );
});

test("a stream for an HTTP/1.0 client ends with the connection", async () => {
  async function* body() {
    yield new TextEncoder().encode("one");
  }
  const client = rawClient(() => ({ body: body() }));
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const received = await client.toEnd();
  assert.match(received, /Connection: close\r\n(.*\r\n)*\r\none$/);
  assert.doesNotMatch(received, /Transfer-Encoding|chunked/);
});

test("an HTTP/1.0 client is closed, unless it asks to be kept", async () => {
  const closed = rawClient(hello);
  closed.send("GET / HTTP/1.0\r\n\r\n");
  assert.match(await closed.toEnd(), /Connection: close\r\n/);

  const kept = rawClient(hello);
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  assert.match(await kept.until(/world!/), /Connection: keep-alive\r\nKeep-Alive: timeout=30\r\n/);
  kept.send("GET / HTTP/1.0\r\n\r\n");
  assert.equal((await kept.toEnd()).match(/world!/g)?.length, 2);
});

test("a request after Connection: close is ignored, and the first answer is not lost", async () => {
  const paths: string[] = [];
  const client = rawClient((request) => {
    paths.push(request.path);
    return text("first");
  });
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  const received = await client.toEnd();
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*first$/s);
  assert.equal(received.match(/HTTP\/1\.1/g)?.length, 1);
  assert.deepEqual(paths, ["/1"]);
});

test("a client that ends its direction still gets its answers", async () => {
  const client = rawClient(async (request) => {
    await settled();
    return text(request.path);
  });
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.connection.end();
  const received = await client.toEnd();
  assert.match(received, /\/1HTTP.*Connection: close\r\n.*\/2$/s);
  await client.served;
});

test("content with a length and chunked content arrive complete", async () => {
  const client = rawClient(async (request) => text(`[${await request.text()}]`));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  await client.until(/\[hello\]$/);
  client.send(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n",
  );
  await client.until(/\[abcde\]$/);
});

test("trailers of a request are kept apart from its fields", async () => {
  const client = rawClient(async (request) => {
    await request.bytes();
    return text(`${request.fields.get("x-t")} ${request.trailers.get("x-t")}`);
  });
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T: 1\r\n\r\n");
  await client.until(/undefined 1$/);
});

test("100 Continue is sent when the handler reads the content, and only then", async () => {
  const reading = rawClient(async (request) => text(await request.text()));
  reading.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  assert.equal(await reading.until(/\r\n\r\n/), "HTTP/1.1 100 Continue\r\n\r\n");
  reading.send("ok");
  assert.match(await reading.until(/ok$/), /200 OK.*ok$/s);

  const refusing = rawClient(() => text("no", 403));
  refusing.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const received = await refusing.toEnd();
  assert.match(
    received,
    /^HTTP\/1\.1 403 /,
    "whether the content still comes cannot be known, so the connection ends",
  );
  assert.match(received, /Connection: close/);
});

test("an unknown expectation is refused with 417, and the connection ends", async () => {
  const client = rawClient(hello);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: S3CRET\r\nContent-Length: 0\r\n\r\n");
  const answer = await client.toEnd();
  assert.match(answer, /^HTTP\/1\.1 417 Expectation Failed\r\n[\s\S]*Connection: close\r\n/);
  assert.doesNotMatch(answer, /S3CRET/);
});

test("short content that the handler did not read is dropped, and the next request is answered", async () => {
  const client = rawClient((request) => text(request.path));
  client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nGET /evil");
  await client.until(/\/1$/);
  client.send(" HTTP/1.1\r\n");
  client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await client.until(/\/2$/), /^HTTP[\s\S]*\/1HTTP[\s\S]*\/2$/);
});

test("long content that the handler did not read ends the connection", async () => {
  const client = rawClient((request) => text(request.path));
  client.send(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(1000)}`);
  assert.match(await client.toEnd(), /Connection: close\r\n[\s\S]*\/1$/);
});

test("a long content behind an answer that was a stream is dropped for a while, then the connection ends", async () => {
  async function* body() {
    yield new TextEncoder().encode("streamed");
  }
  const client = rawClient(() => ({ body: body() }));
  client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  await client.until(/streamed\r\n0\r\n\r\n$/);
  client.send("x".repeat(60_000));
  await settled();
  client.send("x".repeat(10_000));
  assert.doesNotMatch(await client.toEnd(), /HTTP[\s\S]*HTTP/);
});

test("unread chunked content ends the connection, since its length is unknown", async () => {
  const client = rawClient((request) => text(request.path));
  client.send("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  assert.match(await client.toEnd(), /Connection: close\r\n[\s\S]*\/1$/);
});

test("a content beyond maxBodyBytes is 413, told by its length before a byte is read", async () => {
  const declared = rawClient(async (request) => text(await request.text()), { maxBodyBytes: 10 });
  declared.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  assert.match(await declared.toEnd(), /^HTTP\/1\.1 413 Content Too Large\r\n/);

  const chunked = rawClient(async (request) => text(await request.text()), { maxBodyBytes: 10 });
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n");
  assert.match(await chunked.toEnd(), /^HTTP\/1\.1 413 Content Too Large\r\n/);
});

test("json() answers content that is not JSON with 400", async () => {
  const client = rawClient(async (request) => json(await request.json()));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n{");
  assert.match(await client.until(/JSON/), /^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("if a handler throws, the answer is 500 without the error's text, and the connection goes on", async () => {
  const summaries: ExchangeSummary[] = [];
  for (const handler of [
    () => {
      throw new Error("secret");
    },
    () => Promise.reject(new Error("secret")),
  ] satisfies HttpHandler[]) {
    const client = rawClient(handler, { onExchange: (summary) => summaries.push(summary) });
    client.send(`${G}\r\n${G}\r\n`);
    const received = await client.until(/500[\s\S]*500[\s\S]*failed\n$/);
    assert.doesNotMatch(received, /secret/);
  }
  assert.deepEqual(
    summaries.map(({ status, complete, error }) => [status, complete, String(error)]),
    Array(4).fill([500, true, "Error: secret"]),
  );
});

test("fields that would split the response never reach the wire", async () => {
  for (const answer of [
    { fields: [["X", "a\r\nSet-Cookie: b"]] as const },
    { fields: [["X\r\nY", "a"]] as const },
    { reason: "OK\r\nX: y" },
    { fields: [["X", "\u560a"]] as const },
  ]) {
    const client = rawClient(() => answer);
    client.send(`${G}\r\n`);
    const received = await client.until(/failed\n$/);
    assert.match(received, /^HTTP\/1\.1 500 Internal Server Error\r\n/);
    assert.doesNotMatch(received, /Set-Cookie|X: y/);
  }
});

test("a status that is not final is a failure of the handler", async () => {
  for (const status of [100, 101, 199, 600, 200.5, Number.NaN]) {
    const client = rawClient(() => ({ status }));
    client.send(`${G}\r\n`);
    assert.match(await client.until(/failed\n$/), /^HTTP\/1\.1 500 /);
  }
});

test("content that does not fit its declared length is broken off, so that it does not look complete", async () => {
  async function* body() {
    yield new TextEncoder().encode("12345");
  }
  for (const declared of ["4", "6"]) {
    const client = rawClient(() => ({ fields: { "Content-Length": declared }, body: body() }));
    client.send(`${G}\r\n`);
    await client.toEnd();
    assert.equal((await client.connection.closed).how, "peer-abort", `Content-Length: ${declared}`);
  }
});

test("a stream that fails is broken off before its last chunk", async () => {
  async function* body() {
    yield new TextEncoder().encode("12345");
    throw new Error("disk");
  }
  const summaries: ExchangeSummary[] = [];
  const client = rawClient(() => ({ body: body() }), { onExchange: (summary) => summaries.push(summary) });
  client.send(`${G}\r\n`);
  assert.doesNotMatch(await client.toEnd(), /\r\n0\r\n/);
  assert.equal((await client.connection.closed).how, "peer-abort");
  assert.deepEqual(
    summaries.map(({ status, complete }) => [status, complete]),
    [[200, false]],
  );
});

test("a platform Response is an answer, too", async () => {
  const client = rawClient(
    () =>
      new Response("hi", {
        status: 201,
        headers: [
          ["Set-Cookie", "a"],
          ["Set-Cookie", "b"],
        ],
      }),
  );
  client.send(`${G}\r\n`);
  const received = await client.until(/\r\n0\r\n\r\n$/);
  assert.match(
    received,
    /^HTTP\/1\.1 201 Created\r\n[\s\S]*set-cookie: a\r\nset-cookie: b\r\n[\s\S]*2\r\nhi\r\n/,
  );
});

test("the target in absolute-form means the same as in origin-form", async () => {
  const client = rawClient((request) => text(`${request.path} ${request.query.get("q")} ${request.url}`));
  client.send("GET http://a/x%20y?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(/\/x y 1 http:\/\/a\/x%20y\?q=1$/);
  client.send("GET /x%20y?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(/200[\s\S]*200[\s\S]*\/x y 1 http:\/\/a\/x%20y\?q=1$/);
});

test("OPTIONS * is answered for the whole server; TRACE and CONNECT are refused", async () => {
  const options = rawClient(hello);
  options.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await options.until(/\r\n\r\n/), /^HTTP\/1\.1 204 No Content\r\nAllow: GET, HEAD, POST/);

  const trace = rawClient(hello);
  trace.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await trace.until(/\r\n\r\n/), /^HTTP\/1\.1 405 Method Not Allowed\r\n[\s\S]*Allow: GET/);

  const connect = rawClient(hello);
  connect.send("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const received = await connect.toEnd();
  assert.match(received, /^HTTP\/1\.1 501 Not Implemented\r\n/);
  assert.doesNotMatch(received, /world/, "what follows a CONNECT is no request");
});

test("an upgrade that the server does not offer is ignored, and its content is framed as usual", async () => {
  const client = rawClient((request) => text(request.path));
  client.send(
    "POST /1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc" +
      "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
  );
  await client.until(/\/1HTTP[\s\S]*\/2$/);
});

test("a handler may close the connection, but cannot keep one that has to close", async () => {
  const closing = rawClient(() => text("x", 200, [["Connection", "close"]]));
  closing.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  assert.equal((await closing.toEnd()).match(/Connection: .*/g)?.join(), "Connection: close");

  const keeping = rawClient(() => text("x", 200, [["Connection", "keep-alive"]]), {
    maxRequestsPerConnection: 1,
  });
  keeping.send(`${G}\r\n`);
  assert.equal((await keeping.toEnd()).match(/Connection: .*/g)?.join(), "Connection: close");
});

test("a handler that gives both a length and a coding fails, and no half of it is sent", async () => {
  const client = rawClient(() =>
    text("x", 200, [
      ["Content-Length", "1"],
      ["Transfer-Encoding", "chunked"],
    ]),
  );
  client.send(`${G}\r\n`);
  assert.match(await client.until(/failed\n$/), /^HTTP\/1\.1 500 /);
});

test("a handler's transfer coding is not sent to an HTTP/1.0 client", async () => {
  const client = rawClient(() => text("x", 200, [["Transfer-Encoding", "chunked"]]));
  client.send("GET / HTTP/1.0\r\n\r\n");
  const received = await client.toEnd();
  assert.doesNotMatch(received, /chunked/);
  assert.match(received, /Content-Length: 1\r\n\r\nx$/);
});

test("after maxRequestsPerConnection the connection ends, and says so before", async () => {
  const client = rawClient(hello, { maxRequestsPerConnection: 2 });
  client.send(`${G}\r\n${G}\r\n${G}\r\n`);
  const answers = (await client.toEnd()).split(/(?=HTTP\/1\.1)/);
  assert.deepEqual(
    answers.map((answer) => answer.includes("Connection: close")),
    [false, true],
  );
});

test("the signal of a request is aborted when the client is gone, and not when it is answered", async () => {
  const signals: AbortSignal[] = [];
  const client = rawClient((request) => {
    signals.push(request.signal);
    return request.path === "/1" ? text("1") : new Promise(() => {});
  });
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(/1$/);
  client.connection.abort();
  await client.served;
  assert.deepEqual(
    signals.map((signal) => signal.aborted),
    [false, true],
  );
});

test("a stream is not read any more when the client is gone", async () => {
  let returned = false;
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        await settled();
        return { done: false, value: new Uint8Array(1000) };
      },
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const client = rawClient(() => ({ body }));
  client.send(`${G}\r\n`);
  await client.until(/\r\n\r\n/);
  client.connection.abort();
  await client.served;
  await settled();
  await settled();
  assert.equal(returned, true);
});
