import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../src/bytes/text.ts";
import { HttpClient } from "../../src/http/client/client.ts";
import { parseRequestUrl } from "../../src/http/client/request-url.ts";
import type { ConnectOptions } from "../../src/tcp/connect.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import { checkHost } from "../../src/tcp/resolve.ts";
import { SPELLINGS } from "./spellings.ts";

interface Dialled {
  readonly options: ConnectOptions[];
  readonly heads: string[];
  readonly client: HttpClient;
}

/** A client that records where it would connect to, and what it sends there. */
function dialled(): Dialled {
  const options: ConnectOptions[] = [];
  const heads: string[] = [];
  const client = new HttpClient({
    dial: async (given) => {
      options.push(given);
      const [near, far] = memoryConnectionPair();
      far.attach({
        onBytes(bytes) {
          heads.push(latin1(bytes));
          far.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        },
        onEnd: () => void far.end(),
        onClose() {},
      });
      return near;
    },
  });
  return { options, heads, client };
}

for (const [spelling, host, port, authority] of SPELLINGS) {
  test(`${JSON.stringify(spelling)} is ${host} to the resolver, to TLS, to the server and to the pool`, async () => {
    const { options, heads, client } = dialled();
    const { origin } = parseRequestUrl(spelling);
    for (const url of [spelling, origin]) await (await client.request({ url })).bytes();
    assert.equal(options.length, 1, "the two spellings share a connection");
    assert.deepEqual([options[0]?.host, options[0]?.port], [host, port]);
    for (const head of heads) assert.ok(head.includes(`\r\nHost: ${authority}\r\n`), head);

    const secure = spelling.replace(/ht\n?tp/i, "https").replace("httpss", "https");
    await (await client.request({ url: secure })).bytes();
    const { tls } = options.at(-1) ?? {};
    assert.equal(typeof tls === "object" && tls.servername, parseRequestUrl(secure).host);
    assert.equal(checkHost(host), host, "nothing reads it a second way");
    await client.close();
  });
}

test("connections of the pool are probed after a minute of silence, unless the caller says otherwise", async () => {
  const { options, client } = dialled();
  await (await client.request({ url: "http://a.test/" })).bytes();
  await (await client.request({ url: "http://a.test/", connect: { keepAliveMs: 1000 } })).bytes();
  assert.deepEqual(
    options.map(({ keepAliveMs }) => keepAliveMs),
    [60_000, 1000],
  );
  await client.close();
});

for (const [name, connect] of Object.entries({
  "a host": { host: "127.0.0.1\0.evil" },
  "a local address": { localAddress: "127.0.0.1\0" },
  "a path": { path: "/tmp/a\0b" },
  "a name for TLS": { tls: { servername: "a\0.evil", insecure: true } },
} satisfies Record<string, ConnectOptions>)) {
  test(`${name} with NUL in the options of one request is refused before it is used`, async () => {
    await using client = new HttpClient();
    await assert.rejects(
      client.request({ url: "https://127.0.0.1:1/", connect }),
      (error: { code?: unknown }) => ["HOST_INVALID", "CONNECT_REFUSED"].includes(String(error.code)),
    );
  });
}
