import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient, type HttpClientOptions } from "../../src/http/client/client.ts";
import { type FailedConnection, TransportError } from "../../src/tcp/errors.ts";
import { ManualClock } from "./raw-client.ts";
import { type Peer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** What the error of a second request says about its connection. The server gets the peer of that request. */
async function failing(
  break_: (peer: Peer, client: HttpClient) => void,
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
