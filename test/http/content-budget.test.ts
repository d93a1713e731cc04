import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { latin1 } from "../../src/bytes/text.ts";
import { ServedConnection } from "../../src/http/server/connection.ts";
import { type HttpHandler, text } from "../../src/http/server/handler.ts";
import { type ServeConnectionOptions, serveSettings } from "../../src/http/server/settings.ts";
import { wholeContent } from "../../src/http/whole-content.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import { settled } from "./raw-client.ts";

const POST = (length: number, fields = ""): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: ${length}\r\n\r\n`;

/** Several connections of one server: what a client sends, and everything that it received. */
function connections(handler: HttpHandler, options: Partial<ServeConnectionOptions> = {}) {
  const settings = serveSettings({ handler, maxGatheredBytes: 10, ...options });
  return () => {
    const [client, server] = memoryConnectionPair();
    const served = new ServedConnection(server, settings);
    let received = "";
    client.attach({
      onBytes(bytes) {
        received += latin1(bytes);
      },
      onEnd() {},
      onClose() {},
    });
    return {
      client,
      over: served.over,
      async say(said: string): Promise<string> {
        received = "";
        client.send(said);
        await settled();
        await settled();
        return received;
      },
    };
  };
}

const lengthOf: HttpHandler = async (request) => text(`${(await request.bytes()).length} bytes`);

test("gathered contents of all connections share a budget; a request beyond it is 503", async () => {
  const connect = connections(lengthOf);
  const [one, other, third] = [connect(), connect(), connect()];
  assert.equal(await one.say(`${POST(9)}eight by`), "");
  assert.match(await other.say(`${POST(2)}ab`), /200 OK[\s\S]*2 bytes$/, "what there is room for");
  assert.match(
    await other.say(POST(3)),
    /^HTTP\/1\.1 503 [\s\S]*Connection: close\r\n/,
    "a length that cannot fit",
  );
  const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  assert.match(
    await third.say(`${chunked}3\r\nabc\r\n`),
    /^HTTP\/1\.1 503 /,
    "a content that turns out longer",
  );
  assert.match(await one.say("t"), /200 OK[\s\S]*9 bytes$/, "whoever was there first is served");
});

test("a declared length takes no room before its bytes arrive, and no 100 is sent without room", async () => {
  const connect = connections(lengthOf);
  const [one, other, third] = [connect(), connect(), connect()];
  assert.equal(await one.say(POST(10)), "");
  assert.match(await other.say(`${POST(10)}0123456789`), /10 bytes$/);
  await one.say("01234");
  assert.match(await third.say(POST(6, "Expect: 100-continue\r\n")), /^HTTP\/1\.1 503 /);
});

test("room is free again when the request is answered, broken, lost, or its answer has been sent", async () => {
  const connect = connections(async (request) => {
    if (request.fields.has("x-late")) {
      // A handler that gathers content although no client waits for the answer any more.
      void request.bytes().catch(() => {});
      return text("early");
    }
    const body = await request.bytes();
    if (request.fields.has("x-fail")) throw new Error("broken");
    return { body };
  });
  const ten = "0123456789";
  const steady = connect();
  for (const fields of ["", "X-Fail: 1\r\n", "X-Late: 1\r\n", "Transfer-Encoding: x\r\n"]) {
    const client = connect();
    await client.say(`${POST(10, fields)}${ten}`);
    assert.match(await steady.say(`${POST(10)}${ten}`), /0123456789$/, fields);
  }
  const lost = connect();
  await lost.say(`${POST(10)}01234567`);
  lost.client.abort();
  await lost.over;
  assert.match(await steady.say(`${POST(10)}${ten}`), /0123456789$/);
});

test("content counts until its answer has been sent", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const connect = connections(async (request) => {
    const bytes = await request.bytes();
    if (bytes.length === 8) await held;
    return text("answered");
  });
  const [one, other] = [connect(), connect()];
  assert.equal(await one.say(`${POST(8)}12345678`), "");
  assert.match(await other.say(`${POST(3)}abc`), /^HTTP\/1\.1 503 /);
  release();
  await settled();
  assert.match(await connect().say(`${POST(3)}abc`), /answered$/);
});

test("a handler may gather less content than the server allows, not more", async () => {
  const connect = connections(
    async (request) => text(`${(await request.bytes(Number(request.path.slice(1)))).length}`),
    {
      maxBodyBytes: 5,
    },
  );
  const ask = (most: number, content: string): Promise<string> =>
    connect().say(POST(content.length).replace("/", `/${most}`) + content);
  assert.match(await ask(3, "abc"), /\r\n\r\n3$/);
  assert.match(await ask(3, "abcd"), /^HTTP\/1\.1 413 [\s\S]*longer than 3 bytes/);
  assert.match(await ask(9, "abcdef"), /^HTTP\/1\.1 413 [\s\S]*longer than 5 bytes/);
});

test("content that comes in single bytes is kept in a few pieces", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const bytesInUse = (): number => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = bytesInUse();
  let taken = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 20_000; i++) yield new Uint8Array([i]);
    taken = bytesInUse() - before;
  }
  const whole = await wholeContent(bytes(), 20_000);
  assert.deepEqual([whole.length, whole[19_999]], [20_000, 19_999 % 256]);
  assert.ok(taken < 1024 * 1024, `${taken} bytes for 20,000`);
});
