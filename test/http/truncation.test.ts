import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { HttpClient } from "../../src/http/client/client.ts";
import { fetchWith } from "../../src/http/client/fetch.ts";
import type { ClientResponse } from "../../src/http/client/messages.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { type Peer, rawServer } from "./raw-server.ts";

const JSON_TEXT = JSON.stringify({ all: "of this happened, more or less ".repeat(20) });
const GZIP = zlib.gzipSync(JSON_TEXT);
const chunked = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n0\r\n\r\n")]);

/** A whole message, and the offset from which on a cut falls into the content. */
const MESSAGES: readonly [name: string, head: string, body: Uint8Array][] = [
  ["a length", `Content-Length: ${JSON_TEXT.length}`, Buffer.from(JSON_TEXT)],
  ["chunks", "Transfer-Encoding: chunked", chunked(Buffer.from(JSON_TEXT))],
  ["a length of gzip", `Content-Encoding: gzip\r\nContent-Length: ${GZIP.length}`, GZIP],
  ["chunks of gzip", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked", chunked(GZIP)],
];

type Consume = (client: HttpClient, url: string) => Promise<unknown>;
const ours =
  (read: (response: ClientResponse) => Promise<unknown>): Consume =>
  async (client, url) =>
    read(await client.request({ url, decode: true }));
const platforms =
  (read: (response: Response) => Promise<unknown>): Consume =>
  async (client, url) =>
    read(await fetchWith(client)(url));

const CONSUMPTIONS: Readonly<Record<string, Consume>> = {
  "bytes()": ours((response) => response.bytes()),
  "text()": ours((response) => response.text()),
  "json()": ours((response) => response.json()),
  "the loop over its body": ours(async (response) => {
    for await (const _ of response.body);
  }),
  "fetch and bytes": platforms((response) => response.arrayBuffer()),
  "fetch and text()": platforms((response) => response.text()),
  "fetch and json()": platforms((response) => response.json()),
  "fetch and the stream": platforms(async (response) => {
    for await (const _ of response.body ?? []);
  }),
  "fetch and a clone": platforms((response) => response.clone().blob()),
};

const ENDS: Readonly<Record<string, (peer: Peer) => void>> = {
  "a FIN": (peer) => peer.end(),
  "a reset": (peer) => peer.reset(),
};

for (const [framing, head, body] of MESSAGES) {
  for (const [how, consume] of Object.entries(CONSUMPTIONS)) {
    test(`${how} of a content with ${framing} gives all of it, and an error where it is cut`, async () => {
      const whole = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${head}\r\n\r\n`;
      for (const [end, cut] of Object.entries(ENDS)) {
        for (const missing of [1, 2, 8, Math.floor(body.length / 2), body.length]) {
          await using server = await rawServer(async (peer) => {
            await peer.head();
            peer.send(whole).send(body.subarray(0, body.length - missing));
            cut(peer);
          });
          await using client = new HttpClient();
          await assert.rejects(consume(client, server.url), isTyped, `${end}, ${missing} bytes missing`);
        }
      }
      await using server = await rawServer(async (peer) => {
        await peer.head();
        peer.send(whole).send(body);
      });
      await using client = new HttpClient();
      await consume(client, server.url);
    });
  }
}

/** The platform rejects with a TypeError that has the reason as its cause. */
function isTyped(error: unknown): boolean {
  const reason = error instanceof TypeError ? error.cause : error;
  return reason instanceof TransportError && ["BODY_TRUNCATED", "PEER_RESET"].includes(reason.code);
}

const corrupted = Buffer.from(GZIP).fill(0x55, 12, 15);
const CODED: readonly [name: string, coding: string, content: Uint8Array, code: string | undefined][] = [
  ["gzip without its trailer", "gzip", GZIP.subarray(0, -8), "DECODE_FAILED"],
  ["gzip without six bytes of its trailer", "gzip", GZIP.subarray(0, -6), "DECODE_FAILED"],
  ["gzip with junk behind it", "gzip", Buffer.concat([GZIP, Buffer.from("junkjunk")]), "DECODE_FAILED"],
  ["gzip with three bytes overwritten", "gzip", corrupted, "DECODE_FAILED"],
  ["br cut short", "br", zlib.brotliCompressSync(JSON_TEXT).subarray(0, -1), "DECODE_FAILED"],
  ["six codings on top of each other", "gzip, gzip, gzip, gzip, gzip, gzip", GZIP, "DECODE_BOMB"],
  ["a plain text that is said to be gzip", "gzip", Buffer.from("hello"), "DECODE_FAILED"],
  ["a coding that is not known", "foo", Buffer.from(JSON_TEXT), "DECODE_FAILED"],
];

for (const [name, coding, content, code] of CODED) {
  test(`${name} is ${code ?? "content"} in every way to read it`, async () => {
    await using server = await rawServer(async (peer) => {
      await peer.head();
      peer.send(
        `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: ${coding}\r\nContent-Length: ${content.length}\r\n\r\n`,
      );
      peer.send(content);
    });
    await using client = new HttpClient();
    for (const [how, consume] of Object.entries(CONSUMPTIONS)) {
      if (code === undefined) await consume(client, server.url);
      else {
        await assert.rejects(
          consume(client, server.url),
          (error) => ((error instanceof TypeError ? error.cause : error) as { code?: unknown }).code === code,
          how,
        );
      }
    }
  });
}
