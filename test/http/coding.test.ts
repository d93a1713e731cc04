import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { HttpClient } from "../../src/http/client/client.ts";
import { DECODE_LIMITS, decodedContent } from "../../src/http/client/coding.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { rawServer } from "./raw-server.ts";

const TEXT = "All this happened, more or less. ".repeat(1000);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decoded(
  bytes: Uint8Array,
  coding: string,
  size = 100,
  limits = DECODE_LIMITS,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decodedContent(pieces(bytes, size), coding, limits)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const code = (wanted: string) => (error: unknown) => error instanceof TransportError && error.code === wanted;

const CODINGS: [coding: string, coded: Uint8Array][] = [
  ["gzip", zlib.gzipSync(TEXT)],
  ["X-GZIP", zlib.gzipSync(TEXT)],
  ["deflate", zlib.deflateSync(TEXT)],
  ["br", zlib.brotliCompressSync(TEXT)],
  ["gzip, br", zlib.brotliCompressSync(zlib.gzipSync(TEXT))],
  ["identity, gzip", zlib.gzipSync(TEXT)],
];

for (const [coding, coded] of CODINGS) {
  for (const size of [1, 100, 100_000]) {
    test(`${coding} is undone in pieces of ${size} bytes`, async () => {
      assert.equal(await decoded(coded, coding, size), TEXT);
    });
  }

  test(`${coding} cut short is an error`, async () => {
    await assert.rejects(decoded(coded.subarray(0, -1), coding), code("DECODE_FAILED"));
  });
}

test("deflate without its zlib header is understood, too", async () => {
  assert.equal(await decoded(zlib.deflateRawSync(TEXT), "deflate"), TEXT);
});

test("gzip without its trailer is an error", async () => {
  await assert.rejects(decoded(zlib.gzipSync(TEXT).subarray(0, -8), "gzip"), code("DECODE_FAILED"));
});

test("gzip with a wrong checksum is an error", async () => {
  const coded = zlib.gzipSync(TEXT);
  coded[coded.length - 5] = (coded.at(-5) ?? 0) ^ 1;
  await assert.rejects(decoded(coded, "gzip"), code("DECODE_FAILED"));
});

for (const [coding, coded] of CODINGS.slice(0, 4)) {
  for (const size of [10, 100_000]) {
    test(`bytes behind the end of ${coding} are an error, in pieces of ${size}`, async () => {
      await assert.rejects(
        decoded(Buffer.concat([coded, Buffer.from("garbage")]), coding, size),
        code("DECODE_FAILED"),
      );
    });
  }
}

test("two gzip members are one content", async () => {
  const coded = Buffer.concat([zlib.gzipSync("a"), zlib.gzipSync("b")]);
  assert.equal(await decoded(coded, "gzip"), "ab");
});

for (const [coding, coded] of CODINGS.slice(0, 4)) {
  test(`what ${coding} holds is handed on before the bytes behind its end are an error`, async () => {
    let text = "";
    const whole = Buffer.concat([coded, Buffer.from("garbage")]);
    await assert.rejects(async () => {
      for await (const bytes of decodedContent(pieces(whole, whole.length), coding))
        text += Buffer.from(bytes);
    }, code("DECODE_FAILED"));
    assert.equal(text, TEXT);
  });
}

test("the head of a gzip member may hold a field, a name, a comment and a checksum (RFC 1952 §2.3)", async () => {
  const coded = zlib.gzipSync("x");
  const head = Buffer.from([...coded.subarray(0, 3), 2 | 4 | 8 | 16, ...coded.subarray(4, 10)]);
  const fields = Buffer.from("\x03\0abcname\0a comment\0\x12\x34", "latin1");
  const whole = Buffer.concat([head, fields, coded.subarray(10)]);
  for (const size of [1, 7, 100]) assert.equal(await decoded(whole, "gzip", size), "x");
  head[3] = 32;
  await assert.rejects(decoded(Buffer.concat([head, coded.subarray(10)]), "gzip"), code("DECODE_FAILED"));
});

test("gzip with a wrong length is an error", async () => {
  const coded = zlib.gzipSync(TEXT);
  coded[coded.length - 1] = 1;
  await assert.rejects(decoded(coded, "gzip"), code("DECODE_FAILED"));
});

test("empty content is empty in every coding", async () => {
  assert.equal(await decoded(new Uint8Array(0), "gzip"), "");
});

for (const coding of ["dcz", "dcz, gzip", "gzip, lzma", "gzip;q=1"]) {
  test(`content in the unknown coding ${coding} is an error, and is never passed off as decoded`, async () => {
    await assert.rejects(
      decoded(Buffer.from("x"), coding),
      (error) =>
        error instanceof TransportError &&
        error.code === "DECODE_FAILED" &&
        /"(dcz|lzma|gzip;q=1)"/.test(error.message),
    );
  });
}

test("none and identity change nothing, as in curl", async () => {
  for (const coding of ["none", "None", "identity, none"])
    assert.equal(await decoded(Buffer.from("x"), coding), "x");
  assert.equal(await decoded(zlib.gzipSync("x"), "gzip, none"), "x");
});

// "hello zstd", by zstd 1.5.7.
const ZSTD = Buffer.from("KLUv/SQKUQAAaGVsbG8genN0ZM/bYJw=", "base64");

test("zstd is undone where Node has it, and otherwise refused in words", async () => {
  if ("zstd" in process.versions) assert.equal(await decoded(ZSTD, "zstd"), "hello zstd");
  else await assert.rejects(decoded(ZSTD, "zstd"), /coded with zstd, which Node has from 22\.15 on/);
});

test("empty content in an unknown coding is empty", async () => {
  assert.equal(await decoded(new Uint8Array(0), "dcz"), "");
  assert.equal(await decoded(new Uint8Array(0), "gzip, gzip, gzip"), "");
});

test("more codings than allowed are refused as a bomb", async () => {
  await assert.rejects(decoded(zlib.gzipSync(TEXT), "gzip, gzip, gzip"), code("DECODE_BOMB"));
});

const MIB = 1024 * 1024;
const fastest = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };
const zeros = (length: number): [coding: string, coded: Uint8Array][] => {
  const content = new Uint8Array(length);
  const gzip = zlib.gzipSync(content);
  return [
    ["gzip", gzip],
    ["deflate", zlib.deflateSync(content)],
    ["br", zlib.brotliCompressSync(content, fastest)],
    ["gzip, gzip", zlib.gzipSync(gzip)],
  ];
};

for (const [coding, coded] of zeros(64 * MIB)) {
  test(`64 MiB of zeros in ${coding} can be streamed, and have no limit`, async () => {
    let length = 0;
    for await (const bytes of decodedContent(pieces(coded, 1000), coding)) length += bytes.length;
    assert.equal(length, 64 * MIB);
  });

  test(`64 MiB of zeros in ${coding} are refused as a bomb when gathered, after 16 MiB`, async () => {
    await using server = await answeringIn(coding, coded);
    await using client = new HttpClient();
    const response = await client.request({ url: server.url, decode: true });
    await assert.rejects(
      response.bytes(),
      (error) =>
        error instanceof TransportError &&
        error.code === "DECODE_BOMB" &&
        Number(/^the coded content has become (\d+) bytes/.exec(error.message)?.[1]) < 17 * MIB,
    );
  });
}

for (const [coding, coded] of zeros(5 * MIB)) {
  test(`5 MiB of zeros in ${coding} are accepted, even when gathered`, async () => {
    await using server = await answeringIn(coding, coded);
    await using client = new HttpClient();
    const response = await client.request({ url: server.url, decode: true });
    assert.equal((await response.bytes()).length, 5 * MIB);
  });
}

test("who gathers no more than what was received, times the ratio, has no other limit", async () => {
  const content = Buffer.alloc(20 * MIB, TEXT);
  await using server = await answeringIn("gzip", zlib.gzipSync(content));
  await using client = new HttpClient({ decodeLimits: { maxRatio: 2000 } });
  const response = await client.request({ url: server.url, decode: true });
  assert.ok(content.equals(await response.bytes()));
});

function answeringIn(coding: string, coded: Uint8Array) {
  return rawServer((peer) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${coded.length}\r\n\r\n`;
    return peer.answerAll(head, coded);
  });
}

test("content that grows beyond the limit is stopped", async () => {
  const limits = { ...DECODE_LIMITS, maxDecodedBytes: 1000 };
  await assert.rejects(decoded(zlib.gzipSync(TEXT), "gzip", 100, limits), code("DECODE_BOMB"));
});

test("the limits of decoding are options of the client", async () => {
  await using server = await answeringIn(
    "gzip, gzip, gzip",
    zlib.gzipSync(zlib.gzipSync(zlib.gzipSync(TEXT))),
  );
  for (const [decodeLimits, outcome] of [
    [{ maxCodings: 3 }, TEXT],
    [{ maxCodings: 3, maxDecodedBytes: 1000 }, "DECODE_BOMB"],
    [{ maxCodings: 3, ratioFreeBytes: 1000, maxRatio: 2 }, "DECODE_BOMB"],
    [{}, "DECODE_BOMB"],
  ] as const) {
    await using client = new HttpClient({ decodeLimits });
    const response = await client.request({ url: server.url, decode: true });
    assert.equal(await response.text().catch((error: TransportError) => error.code), outcome);
  }
});

function gzipped(content: Uint8Array, length = content.length) {
  return rawServer(async (peer) => {
    assert.match(await peer.head(), /\r\nAccept-Encoding: gzip, deflate, br(, zstd)?\r\n/);
    peer.send(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${length}\r\n\r\n`).send(content);
    peer.end();
  });
}

test("a response is decoded if the caller asks for it, and its fields stay", async () => {
  await using server = await gzipped(zlib.gzipSync(TEXT));
  await using client = new HttpClient();
  const response = await client.request({ url: server.url, decode: true });
  assert.equal(await response.text(), TEXT);
  assert.equal(response.fields.get("content-encoding"), "gzip");
});

test("coded content that the connection cuts short is reported as truncated, not as broken", async () => {
  const coded = zlib.gzipSync(TEXT);
  await using server = await gzipped(coded.subarray(0, 50), coded.length);
  await using client = new HttpClient();
  const response = await client.request({ url: server.url, decode: true });
  await assert.rejects(response.text(), code("BODY_TRUNCATED"));
});

test("leaving the loop over decoded content frees the connection", async () => {
  const content = zlib.gzipSync(Buffer.from(Array.from({ length: 500_000 }, () => Math.random() * 256)));
  await using server = await gzipped(content, 10_000_000);
  await using client = new HttpClient();
  const response = await client.request({ url: server.url, decode: true });
  for await (const _ of response.body) break;
  await server.peers[0]?.closed();
});
