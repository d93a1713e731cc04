import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { createCookieJar } from "../../src/http/client/cookies/cookie-jar.ts";
import { createFetch } from "../../src/http/client/create-fetch.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { retries } from "../../src/http/client/retries/retry.ts";
import type { Step } from "../../src/http/client/step.ts";
import type { TransportError } from "../../src/tcp/errors.ts";
import { recordTrace } from "../../src/trace/recorder.ts";
import { deferred, type Peer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const causedBy = (code: string) => (error: unknown) =>
  error instanceof TypeError && (error.cause as TransportError).code === code;

/** Answers with the outcomes in their order, whatever the connection. */
function answering(...answers: string[]) {
  const heads: string[] = [];
  const serve = async (peer: Peer) => {
    for (;;) {
      const head = await peer.head().catch(() => undefined);
      if (head === undefined) return;
      heads.push(head);
      peer.send(answers.shift() ?? OK);
    }
  };
  return { heads, serve };
}

const redirect = (to: string) => `HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
const BUSY = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

test("without settings, it is a fetch as any other", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  const response = await createFetch()(server.url);
  assert.ok(response instanceof Response);
  assert.equal(await response.text(), "ok");
  assert.equal("recording" in response, false);
});

test("every request of a chain of redirects passes the steps, each of them retried by itself", async () => {
  const { heads, serve } = answering(BUSY, redirect("/b"), BUSY, OK);
  await using server = await rawServer(serve);
  const seen: string[] = [];
  const watch: Step = (input, next) => {
    seen.push(new URL(input.url).pathname);
    return next(input);
  };
  const fetch = createFetch({ steps: [watch, retries({ minDelayMs: 1 })] });
  const response = await fetch(`${server.url}/a`);
  assert.deepEqual([await response.text(), response.redirected], ["ok", true]);
  assert.deepEqual(seen, ["/a", "/b"]);
  assert.deepEqual(
    heads.map((head) => head.split(" ")[1]),
    ["/a", "/a", "/b", "/b"],
  );
});

test("a response has the recording of its own exchange, with all of its redirects, and of no other", async () => {
  const { serve } = answering(redirect("/end"), OK, OK);
  await using server = await rawServer(serve);
  const fetch = createFetch({ record: () => recordTrace() });
  const first = await fetch(server.url);
  const second = await fetch(`${server.url}/second`);
  assert.deepEqual([await first.text(), await second.text()], ["ok", "ok"]);
  const sent = ({ recording: { records } }: typeof first) =>
    records.flatMap((record) => (record.type === "bytes" && record.direction === "out" ? [record] : []));
  assert.equal(sent(first).length, 2);
  assert.equal(sent(second).length, 1);
  assert.notEqual(first.recording, second.recording);
});

test("a recording and a client of the caller's own are refused together", () => {
  const client = new HttpClient();
  assert.throws(() => createFetch({ client, record: () => recordTrace() }), TypeError);
  assert.throws(() => createFetch({ client, clientOptions: {} }), TypeError);
  assert.throws(() => createFetch({ client, timeout: { headMs: 1 } }), TypeError);
});

test("headMs, bodyMs and totalMs end what takes too long", async () => {
  const silent = deferred();
  await using server = await rawServer(async (peer) => {
    // On a busy machine 20 ms end before the client has sent its head.
    const head = await peer.head().catch(() => "");
    if (head.startsWith("GET /body")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
    await silent.promise;
  });
  await assert.rejects(createFetch({ timeout: { headMs: 20 } })(server.url), causedBy("TIMEOUT_HEAD"));
  await assert.rejects(createFetch({ timeout: { totalMs: 20 } })(server.url), (error: TypeError) => {
    assert.match((error.cause as Error).message, / within (?:1?\d|20) ms$/);
    return causedBy("TIMEOUT_TOTAL")(error);
  });
  const response = await createFetch({ timeout: { bodyMs: 20 } })(`${server.url}/body`);
  await assert.rejects(response.text(), causedBy("TIMEOUT_BODY"));
  silent.resolve();
});

test("connectMs is the time for a connection", async () => {
  let asked: number | undefined;
  const client = new HttpClient({
    dial: async ({ timeoutMs }) => {
      asked = timeoutMs;
      throw new Error("no connection here");
    },
  });
  await assert.rejects(createFetch({ client, timeout: { connectMs: 1234 } })("http://a/"), TypeError);
  assert.equal(asked, 1234);
});

test("totalMs is for all requests of a chain", async () => {
  let hops = 0;
  const { serve } = answering(...Array.from({ length: 20 }, (_, i) => redirect(`/${i}`)));
  await using server = await rawServer(serve);
  const left: number[] = [];
  const watch: Step = async (input, next) => {
    left.push(input.timeoutMs ?? Number.NaN);
    const response = await next(input);
    if (++hops < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    return response;
  };
  await createFetch({ steps: [watch], timeout: { totalMs: 60_000 } })(server.url);
  assert.ok(left.length === 21 && left.every((ms, i) => i === 0 || ms < (left[i - 1] as number)));
});

test("the error of the total time tells the limit, not what the last attempt had of it", async () => {
  let requests = 0;
  await using server = await rawServer(async (peer) => {
    await peer.head();
    if (++requests > 1) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  });
  const fetch = createFetch({ retry: { maxRetries: 1, minDelayMs: 1 }, timeout: { totalMs: 300 } });
  await assert.rejects(fetch(server.url), ({ cause }: { cause: Error }) =>
    / within 300 ms$/.test(cause.message),
  );
});

test("options of the connection are for the first origin only: a redirect elsewhere drops them", async () => {
  const seen: [host: unknown, cert: unknown][] = [];
  const client = new HttpClient({
    dial: async ({ host, tls }) => {
      seen.push([host, typeof tls === "object" ? tls.cert : tls]);
      throw new Error("no connection here");
    },
  });
  const connect = { host: "192.0.2.1", tls: { cert: "mine" } };
  const first: Step = async (input: RequestInput, next) => {
    if (new URL(input.url).hostname === "b") return next(input);
    await next(input).catch(() => {});
    const other = new HttpClient({ connect: { host: "127.0.0.1", port: server.port } });
    return other.request({ url: "http://a/" });
  };
  await using server = await rawServer((peer) => peer.answerAll(redirect("https://b/")));
  const fetch = createFetch({ client, request: { connect }, steps: [first] });
  await assert.rejects(fetch("https://a/"), TypeError);
  assert.deepEqual(seen, [
    ["192.0.2.1", "mine"],
    ["b", undefined],
  ]);
});

test("retry sends a request again, so many times", async () => {
  const { heads, serve } = answering(BUSY, BUSY, BUSY, BUSY);
  await using server = await rawServer(serve);
  const policy = { maxRetries: 2, minDelayMs: 1 };
  assert.equal((await createFetch({ retry: policy })(server.url)).status, 503);
  assert.equal(heads.length, 3);
  assert.equal((await createFetch({ retry: 0 })(server.url)).status, 503);
  assert.equal(heads.length, 4);
});

test("cookies of a response are in the next request, a redirect's and each attempt's, too", async () => {
  const set = (value: string, answer: string) => answer.replace("\r\n", `\r\nSet-Cookie: a=${value}\r\n`);
  const { heads, serve } = answering(set("1", redirect("/b")), set("2", BUSY), OK, OK);
  await using server = await rawServer(serve);
  const fetch = createFetch({ cookies: createCookieJar(), retry: { minDelayMs: 1 } });
  await (await fetch(server.url)).text();
  await (await fetch(server.url)).text();
  assert.deepEqual(
    heads.map((head) => /^cookie: (.*)$/im.exec(head)?.[1]),
    [undefined, "a=1", "a=2", "a=2"],
  );
});

test("proxy is asked for each request, and false is none whatever the client has", async () => {
  const { heads, serve } = answering(OK, OK);
  await using proxy = await rawServer(serve);
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await (await createFetch({ proxy: proxy.url })("http://example.test/a")).text();
  assert.deepEqual(
    heads.map((head) => head.split("\r\n")[0]),
    ["GET http://example.test/a HTTP/1.1"],
  );
  await using client = new HttpClient({ proxy: proxy.url });
  await (await createFetch({ client, proxy: false })(server.url)).text();
  assert.equal(heads.length, 1);
});

const fieldOf = (head: string | undefined, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, "im").exec(head ?? "")?.[1];

test("relative URLs are resolved against base, as in a page", async () => {
  const { heads, serve } = answering();
  await using server = await rawServer(serve);
  const base = `${server.url}/v1/`;
  const asked = [
    "users",
    "/users",
    "./a/../b?c#d",
    "?q",
    "",
    "hello",
    `${server.url}/whole`,
    `//127.0.0.1:${server.port}/n`,
  ];
  for (const each of [base, new URL(base)]) {
    const fetch = createFetch({ base: each });
    for (const url of asked) {
      const expected = new URL(url, base);
      expected.hash = "";
      assert.equal((await fetch(url)).url, expected.href, url);
      assert.equal(heads.at(-1)?.split(" ")[1], `${expected.pathname}${expected.search}`);
    }
    assert.equal((await fetch(new URL("/url", base))).url, `${server.url}/url`);
    assert.equal((await fetch(new Request(`${server.url}/request`))).url, `${server.url}/request`);
    await assert.rejects(fetch("http://["), /^TypeError/);
    await assert.rejects(
      fetch(`//me:secret@127.0.0.1:${server.port}/`),
      (error: Error) => !/secret/.test(error.message),
    );
  }
  await assert.rejects(createFetch()("users"), TypeError);
});

test("a base that no request could be sent to is refused, and not shown", () => {
  for (const base of ["", "/v1", "file:///secret", "data:,secret", "http://me:secret@localhost/", "secret"]) {
    const refused = (error: Error): boolean => error instanceof TypeError && !/secret/.test(error.message);
    assert.throws(() => createFetch({ base }), refused, base);
  }
});

test("headers are sent with each request that has none of the name", async () => {
  const { heads, serve } = answering();
  await using server = await rawServer(serve);
  const fetch = createFetch({ headers: { "X-Api-Key": "k", Accept: "a/b", "Content-Type": "c/d" } });
  await fetch(server.url);
  assert.deepEqual(
    ["x-api-key", "accept", "content-type"].map((name) => fieldOf(heads[0], name)),
    ["k", "a/b", "c/d"],
  );
  assert.equal(heads[0]?.match(/^accept:/gim)?.length, 1);
  await fetch(server.url, { headers: { accept: "e/f", "x-API-key": "own" } });
  assert.deepEqual([fieldOf(heads[1], "x-api-key"), fieldOf(heads[1], "accept")], ["own", "e/f"]);
  await fetch(new Request(server.url, { headers: { "X-Api-Key": "request" } }));
  assert.equal(fieldOf(heads[2], "x-api-key"), "request");
  // As with a Headers of the platform's, a text says its own type.
  let head = "";
  await using second = await rawServer(async (peer) => {
    head = await peer.head();
    peer.send(OK);
  });
  await fetch(second.url, { method: "POST", body: "x" });
  assert.equal(fieldOf(head, "content-type"), "text/plain;charset=UTF-8");
  assert.throws(() => createFetch({ headers: { "a b": "c" } }), TypeError);
});

test("headers stay with the origin of base, also when a URL or a redirect names another", async () => {
  const elsewhere = answering();
  await using other = await rawServer(elsewhere.serve);
  const home = answering(redirect(`${other.url}/redirected`), redirect("/here"));
  await using server = await rawServer(home.serve);
  const fetch = createFetch({ base: server.url, headers: { "X-Api-Key": "k", Authorization: "Bearer t" } });
  await fetch("/away");
  await fetch(`${other.url}/named`);
  assert.equal(elsewhere.heads.length, 2);
  for (const head of elsewhere.heads) assert.doesNotMatch(head, /x-api-key|authorization/i);
  await fetch("/stay");
  for (const head of home.heads) assert.equal(fieldOf(head, "x-api-key"), "k");
  assert.equal(home.heads.length, 3);
});
