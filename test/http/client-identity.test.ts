import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import type { ConnectOptions } from "../../src/tcp/connect.ts";
import { TransportError } from "../../src/tcp/errors.ts";

/** The options with which a request would be dialled. */
async function dialledFor(input: RequestInput, connect: ConnectOptions = {}): Promise<ConnectOptions> {
  let dialled: ConnectOptions = {};
  await using client = new HttpClient({
    connect,
    dial: async (options) => {
      dialled = options;
      throw new TransportError("CONNECT_REFUSED", "connect", "nobody is there");
    },
  });
  await assert.rejects(client.request(input), { code: "CONNECT_REFUSED" });
  return dialled;
}

test("the certificate is verified for the host of the URL, wherever the connection leads", async () => {
  const elsewhere = { host: "127.0.0.1", port: 8443, tls: { ca: ["x"] } };
  for (const dialled of [
    await dialledFor({ url: "https://a.test/", connect: elsewhere }),
    await dialledFor({ url: "https://a.test/" }, elsewhere),
  ]) {
    assert.deepEqual([dialled.host, dialled.port], ["127.0.0.1", 8443]);
    assert.ok(typeof dialled.tls === "object");
    assert.deepEqual([dialled.tls.servername, dialled.tls.ca], ["a.test", ["x"]]);
  }
});

test("the scheme alone decides about TLS, whatever the port and the options say", async () => {
  const secure = { tls: { insecure: true }, port: 443 } as const;
  assert.equal((await dialledFor({ url: "http://a.test:443/", connect: secure })).tls, undefined);
  assert.equal((await dialledFor({ url: "http://a.test/" }, secure)).tls, undefined);
  assert.notEqual((await dialledFor({ url: "https://a.test:80/" })).tls, undefined);
});
