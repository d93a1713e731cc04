import assert from "node:assert/strict";
import { test } from "node:test";
import { type HttpHandler, text } from "../../src/http/server/handler.ts";
import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import { type RawClient, rawClient, settled } from "./raw-client.ts";

const hello: HttpHandler = () => text("Hello, world!");
const G = "GET / HTTP/1.1\r\nHost: a\r\n";
const P = "POST / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = `${P}Transfer-Encoding: chunked\r\n\r\n`;

/** The client ends as well. Waits until both ends are done. */
async function letGo(client: RawClient): Promise<void> {
  await client.connection.end();
  await client.served;
}

const REFUSED: readonly [name: string, bytes: string, status: number, says: RegExp][] = [
  [
    "a length beside a coding",
    `${P}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    /LENGTH_AND_CODING, RFC 9112/,
  ],
  [
    "two equal lengths",
    `${P}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    400,
    /DUPLICATE_CONTENT_LENGTH/,
  ],
  ["a negative length", `${P}Content-Length: -5\r\n\r\nhello`, 400, /INVALID_CONTENT_LENGTH/],
  ["a length beyond 2^53", `${P}Content-Length: 9007199254740993\r\n\r\n`, 413, /CONTENT_LENGTH_TOO_LARGE/],
  [
    "an unknown transfer coding",
    `${P}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    501,
    /UNKNOWN_TRANSFER_CODING/,
  ],
  ["an unknown coding without chunked", `${P}Transfer-Encoding: foo\r\n\r\n`, 400, /INVALID_TRANSFER_CODING/],
  ["a chunk-size that is no number", `${CHUNKED}5G\r\nhello\r\n0\r\n\r\n`, 400, /"G" \(byte 57\)/],
  ["a chunk without its end", `${CHUNKED}5\r\nhelloXX0\r\n\r\n`, 400, /MISSING_CHUNK_END/],
  ["a missing Host", "GET / HTTP/1.1\r\n\r\n", 400, /MISSING_HOST/],
  ["two Hosts", `${G}Host: b\r\n\r\n`, 400, /DUPLICATE_HOST/],
  ["a target for another host than Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, /HOST_MISMATCH/],
  ["a blank before the colon", `${G}X : a\r\n\r\n`, 400, /WHITESPACE_BEFORE_COLON/],
  ["a folded line", `${G}X: a\r\n b\r\n\r\n`, 400, /FOLDED_LINE/],
  ["a bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400, /BARE_LF/],
  ["an escape sequence in a field", `${G}X: \x1b[31m\r\n\r\n`, 400, /: "\\x1b" /],
  ["HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, /UNSUPPORTED_VERSION/],
  ["HTTP/0.9", "GET /\r\n", 400, /HTTP_09/],
  ["TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400, /./],
  ["a long target", `GET /${"x".repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, /START_LINE_TOO_LONG/],
  ["a long method", `${"M".repeat(9000)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 501, /METHOD_TOO_LONG/],
  ["a long field", `${G}X: ${"x".repeat(20_000)}\r\n\r\n`, 431, /HEAD_TOO_LARGE/],
  ["150 fields", `${G}${"X: y\r\n".repeat(150)}\r\n`, 431, /TOO_MANY_FIELD_LINES/],
  ["2500 fields", `${G}${Array.from({ length: 2500 }, (_, i) => `A${i}: \r\n`).join("")}\r\n`, 431, /431/],
  [
    "a target of 70,000 bytes",
    `GET /${"x".repeat(70_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    414,
    /START_LINE_TOO_LONG/,
  ],
  [
    "a chunk extension of 64 KiB",
    `${CHUNKED}5;${"x".repeat(65_536)}\r\nhello\r\n0\r\n\r\n`,
    400,
    /CHUNK_EXT_TOO_LONG/,
  ],
  ["a thousand empty lines", `${"\r\n".repeat(1000)}${G}\r\n`, 400, /TOO_MANY_EMPTY_LINES/],
];

for (const [name, bytes, status, says] of REFUSED) {
  test(`${name}: ${status}, the rule is named, and the connection ends`, async () => {
    const errors: Error[] = [];
    let handled = 0;
    const client = rawClient(
      (request) => {
        handled++;
        return hello(request);
      },
      { onRefused: (error) => errors.push(error) },
    );
    client.send(bytes);
    const received = await client.toEnd();
    assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(received, /\r\nConnection: close\r\n/);
    assert.match(received, says);
    assert.doesNotMatch(received, /[^\r\n\x20-\x7e\xa7\xc2]/, "nothing of the peer's controls comes back");
    assert.equal(received.match(/HTTP\/1\.1 \d/g)?.length, 1);
    assert.equal(errors.length, 1);
    assert.equal(handled, 0);
    await letGo(client);
  });
}

test("broken content after a good head is an error for the handler, and a 400 for the client", async () => {
  const seen: unknown[] = [];
  const summaries: ExchangeSummary[] = [];
  const onExchange = (summary: ExchangeSummary) => summaries.push(summary);
  const client = rawClient(
    async (request) => text(await request.text().catch((error) => String(seen.push(error)))),
    { onExchange },
  );
  client.send(CHUNKED);
  await settled();
  client.send("zz\r\n");
  assert.match(await client.toEnd(), /^HTTP\/1\.1 400 [\s\S]*INVALID_CHUNK_SIZE/);
  await settled();
  assert.equal((seen[0] as { code?: string }).code, "INVALID_CHUNK_SIZE");
  assert.deepEqual(
    summaries.map(({ status, complete, error }) => [status, complete, error]),
    [[400, false, seen[0]]],
  );
});

test("content that breaks after the answer has begun aborts the connection", async () => {
  const client = rawClient((request) => ({ body: request.body }));
  client.send(`${CHUNKED}5\r\nhello\r\n`);
  await client.until(/5\r\nhello\r\n$/);
  client.send("zz\r\n");
  const received = await client.toEnd();
  assert.doesNotMatch(received, /400|\r\n0\r\n/);
  assert.equal((await client.connection.closed).how, "peer-abort");
});

test("a good request before a broken one has its answer", async () => {
  const client = rawClient(async (request) => {
    await settled();
    return hello(request);
  });
  client.send(`${G}\r\nGET  / HTTP/1.1\r\n\r\n`);
  assert.match(await client.toEnd(), /^HTTP\/1\.1 200 [\s\S]*world!HTTP\/1\.1 400 /);
});

test("after an error answer, a peer that keeps sending is disconnected within two seconds", async () => {
  const client = rawClient(hello);
  client.send("BAD\r\n\r\n");
  await client.toEnd();
  const sending = setInterval(
    () => client.connection.bytesIn > 0 && client.connection.send("x".repeat(1000)),
    10,
  );
  await client.served;
  clearInterval(sending);
});

test("a head that does not arrive in headTimeoutMs from its first byte is 408", async () => {
  const client = rawClient(hello);
  client.clock.advance(9000);
  client.send("GET / HT");
  await settled();
  client.clock.advance(9999);
  client.send("TP/1.1\r\nX: "); // one byte now and then must not extend the time
  await settled();
  assert.deepEqual(client.writes, []);
  client.clock.advance(2);
  assert.match(
    await client.toEnd(),
    /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*the request head was not complete within 10 s/,
  );
  await letGo(client);
});

test("a peer that says nothing at all is told 408, too", async () => {
  const client = rawClient(hello);
  client.clock.advance(10_001);
  assert.match(await client.toEnd(), /^HTTP\/1\.1 408 /);
});

test("content that does not arrive is 408, and the handler learns of it", async () => {
  let seen: unknown;
  const client = rawClient(async (request) => {
    try {
      return text(await request.text());
    } catch (error) {
      seen = error;
      throw error;
    }
  });
  client.send(`${P}Content-Length: 5\r\n\r\nhel`);
  await settled();
  client.clock.advance(60_001);
  assert.match(await client.toEnd(), /^HTTP\/1\.1 408 /);
  await settled();
  assert.equal((seen as { code?: string }).code, "TIMEOUT_BODY");
});

test("an idle connection ends without a 408, which could be read as the next answer", async () => {
  const client = rawClient(hello);
  client.send(`${G}\r\n`);
  const answer = await client.until(/world!/);
  client.clock.advance(29_999);
  await settled();
  assert.equal(client.writes.join(""), answer);
  client.clock.advance(2);
  assert.equal(await client.toEnd(), answer);
  await letGo(client);
});

test("a handler may take its time: no deadline runs while it works", async () => {
  let release = (): void => {};
  const client = rawClient(async (request) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return hello(request);
  });
  client.send(`${G}\r\n`);
  await settled();
  client.clock.advance(3_600_000);
  release();
  await client.until(/world!$/);
});

test("a peer that does not read is cut off after writeTimeoutMs, and the server keeps little for it", async () => {
  const summaries: ExchangeSummary[] = [];
  let produced = 0;
  async function* endless() {
    for (;;) {
      produced += 65_536;
      yield new Uint8Array(65_536);
    }
  }
  const client = rawClient(() => ({ body: endless() }), { onExchange: (summary) => summaries.push(summary) });
  client.connection.pause();
  client.send(`${G}\r\n`);
  for (let i = 0; i < 50; i++) await settled();
  assert.ok(produced <= 1024 * 1024, `${produced} bytes were made for a peer that takes none`);
  client.clock.advance(30_001);
  await client.served;
  assert.equal((summaries[0]?.error as { code?: string } | undefined)?.code, "TIMEOUT_WRITE");
});

test("a client that pipelines and does not read makes the server wait, not use memory", async () => {
  let handled = 0;
  const client = rawClient(() => {
    handled++;
    return text("x".repeat(10_000));
  });
  client.connection.pause();
  const requests = `${G}\r\n`.repeat(100_000 / 100);
  for (let i = 0; i < 10; i++) client.send(requests);
  for (let i = 0; i < 50; i++) await settled();
  assert.ok(handled * 10_000 <= 1024 * 1024, `${handled} answers for a peer that takes none`);
});

test("large content waits at the client while the handler does not read it", async () => {
  let release = (): void => {};
  const client = rawClient(
    async (request) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return text(String((await request.bytes()).length));
    },
    { maxBodyBytes: 8 * 1024 * 1024 },
  );
  client.send(`${P}Content-Length: ${4 * 1024 * 1024}\r\n\r\n`);
  let accepted = 0;
  while (accepted < 4 * 1024 * 1024 && client.connection.send(new Uint8Array(65_536))) {
    accepted += 65_536;
    await settled();
  }
  assert.ok(accepted < 2 * 1024 * 1024, `${accepted} bytes went to a handler that reads none`);
  client.clock.advance(60_001); // this time does not count against the client
  release();
  for (accepted += 65_536; accepted < 4 * 1024 * 1024; accepted += 65_536)
    client.send(new Uint8Array(65_536));
  await client.until(/\r\n\r\n4194304$/);
});

test("a connection leaves no deadline behind", async () => {
  const client = rawClient(hello);
  client.send(`${G}Connection: close\r\n\r\n`);
  await client.toEnd();
  await client.connection.end();
  await client.served;
  client.clock.advance(1);
  assert.equal(client.clock.running, false);
});
