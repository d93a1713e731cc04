import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient, type HttpClientOptions } from "../../src/http/client/client.ts";
import type { ProtocolError } from "../../src/http1/errors.ts";
import { type FailedConnection, TransportError } from "../../src/tcp/errors.ts";
import { ManualClock } from "./raw-client.ts";
import { type Peer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** What the error of a second request says about its connection. The server gets the peer of that request. */
async function failing(
  break_: (peer: Peer, client: HttpClient) => unknown,
  options: HttpClientOptions = {},
): Promise<{ error: TransportError; server: { port: number }; octets: number }> {
  let octets = 0;
  await using client = new HttpClient(options);
  await using server = await rawServer(async (peer) => {
    octets += (await peer.head()).length;
    peer.send(OK);
    octets += (await peer.head()).length;
    break_(peer, client);
  });
  await (await client.request({ url: server.url })).bytes();
  const asked = client.request({ url: server.url, method: "POST" }).then((response) => response.bytes());
  const error = await asked.then(
    () => assert.fail("no error"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof TransportError);
  return { error, server, octets };
}

const connectionOf = ({ connection }: TransportError): FailedConnection => {
  assert.ok(connection !== undefined);
  return connection;
};

test("an error names its connection: its peer, its reuse, and the bytes both ways", async () => {
  const { error, server, octets } = await failing((peer) => peer.end());
  assert.equal(error.code, "PEER_CLOSED_BEFORE_RESPONSE");
  const { id, ageMs, ...rest } = connectionOf(error);
  assert.deepEqual(rest, {
    remote: `127.0.0.1:${server.port}`,
    reused: true,
    closedBy: "peer",
    bytesSent: octets,
    bytesReceived: OK.length,
  });
  assert.ok(id > 0 && ageMs > 0);
});

test("the age of a connection counts from its opening, and a time-out is closed by us", async () => {
  const clock = new ManualClock();
  const { error } = await failing(() => clock.advance(7_000), { clock, headTimeoutMs: 5_000 });
  assert.equal(error.code, "TIMEOUT_HEAD");
  const { ageMs, closedBy } = connectionOf(error);
  assert.deepEqual([Math.round(ageMs), closedBy], [7_000, "us"]);
});

test("an error within the content names its connection, too", async () => {
  const { error } = await failing((peer) => {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
    peer.end();
  });
  assert.deepEqual([error.code, connectionOf(error).closedBy], ["BODY_TRUNCATED", "peer"]);
});

test("an error before there is a connection names none", async () => {
  await using client = new HttpClient();
  await assert.rejects(client.request({ url: "http://127.0.0.1:1/" }), (error: TransportError) => {
    assert.deepEqual([error.connection, error.attempts.length], [undefined, 1]);
    return true;
  });
});

test("an end within the head is an error of the connection: with its phase, and the rule as its cause", async () => {
  const part = "HTTP/1.1 200 OK\r\nConte";
  const { error } = await failing((peer) => peer.send(part).end());
  assert.deepEqual(
    [error.code, error.phase, error.bytesReceived],
    ["PEER_CLOSED_BEFORE_RESPONSE", "head", part.length],
  );
  assert.equal(
    error.message,
    "the server closed the connection, which had been used before, before the head of its response was complete",
  );
  assert.equal(connectionOf(error).bytesReceived, OK.length + part.length);
  assert.equal((error.cause as ProtocolError).code, "INCOMPLETE_HEAD");
});

test("a reset of a connection that had been used before says so", async () => {
  const { error } = await failing((peer) => peer.reset());
  assert.equal(
    error.message,
    "the server reset the connection, which had been used before, before it answered",
  );
});

test("a head that has begun and does not end is told from none at all", async () => {
  const clock = new ManualClock();
  const part = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200";
  await using client = new HttpClient({ clock, headTimeoutMs: 5_000 });
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(part);
  });
  const onInformational = (): void => clock.advance(7_000);
  const asked = client.request({ url: server.url, onInformational });
  await assert.rejects(asked, {
    code: "TIMEOUT_HEAD",
    message: "no whole head of a response within 5 s",
    bytesReceived: part.length,
  });
});

for (const [how, code] of [
  ["an abort", "ABORTED"],
  ["the total timeout", "TIMEOUT_TOTAL"],
] as const) {
  test(`${how} tells the phase that it came in`, async () => {
    const clock = new ManualClock();
    await using client = new HttpClient({ clock });
    await using server = await rawServer(async (peer, index) => {
      await peer.head();
      if (index === 1) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
      else stop();
    });
    let abort = new AbortController();
    const stop = (): void => {
      if (how === "an abort") abort.abort();
      else clock.advance(11);
    };
    const ask = () => client.request({ url: server.url, signal: abort.signal, timeoutMs: 10 });
    await assert.rejects(ask(), { code, phase: "head" });
    abort = new AbortController();
    const response = await ask();
    const read = assert.rejects(response.bytes(), { code, phase: "body" });
    stop();
    await read;
    abort = new AbortController();
    const lookup = async (): Promise<never> => {
      stop();
      return new Promise(() => {});
    };
    const unresolved = client.request({
      url: "http://a.test/",
      signal: abort.signal,
      timeoutMs: 10,
      connect: { lookup },
    });
    await assert.rejects(unresolved, { code, phase: "connect" });
  });
}
