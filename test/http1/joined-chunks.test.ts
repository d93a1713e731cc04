import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { request } from "./heads.ts";

/*
 * If the memory of received bytes may be overwritten, the content of small chunks that came together is one event.
 * There is no other difference.
 */

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

interface Seen {
  readonly content: string;
  readonly pieces: number;
  readonly end: string;
}

function read(body: string, cuts: readonly number[], mayOverwrite: boolean): Seen {
  const client = new Http1Connection({
    role: "client",
    limits: { maxChunkOverheadBytes: 400, maxChunkOverheadRatio: 3 },
  });
  client.send(request());
  client.send({ type: "end", trailers: request().fields.without("host") });
  let content = "";
  let pieces = 0;
  let end = "more is needed";
  const wire = HEAD + body;
  const at = [...new Set(cuts.map((cut) => cut % wire.length))].sort((a, b) => a - b);
  try {
    for (const [i, from] of [0, ...at].entries()) {
      client.receive(latin1Bytes(wire.slice(from, at[i])), mayOverwrite);
      for (let event = client.nextEvent(); typeof event === "object"; event = client.nextEvent()) {
        if (event.type === "data") {
          content += latin1(event.bytes);
          pieces++;
        } else if (event.type === "end") end = `end, trailers ${event.trailers.lines.join()}`;
      }
    }
    end += `, ${client.bufferedBytes} bytes behind it`;
  } catch (error) {
    end =
      error instanceof ProtocolError ? `${error.code} at ${error.offset}: ${error.message}` : String(error);
  }
  return { content, pieces, end };
}

const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(255, 256, 3000));
const chunk = fc
  .record({
    size,
    zeros: fc.constantFrom("", "", "", "0", "000000"),
    ext: fc.constantFrom("", "", "", ";a=b", " "),
  })
  .chain(({ size: length, zeros, ext }) =>
    fc
      .string({
        unit: fc.constantFrom("a", "\r", "\n", "0", "\r\n5\r\n"),
        minLength: length,
        maxLength: length,
      })
      .map((content) => `${zeros}${content.length.toString(16)}${ext}\r\n${content}\r\n`),
  );
const spoil = fc.option(
  fc.record({ at: fc.nat(4000), text: fc.constantFrom("", "x", "\r", "\n", "0", "g", ";") }),
);

test("joined chunks give the same content and the same errors as single ones, however they are cut", () => {
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 12 }),
      fc.constantFrom("0\r\n\r\n", "0\r\nA: b\r\n\r\nmore", "", "1\r\n"),
      fc.array(fc.nat(20_000), { maxLength: 6 }),
      spoil,
      (chunks, last, cuts, spoiled) => {
        let body = chunks.join("") + last;
        if (spoiled !== null && body.length > 0) {
          const at = spoiled.at % body.length;
          body = body.slice(0, at) + spoiled.text + body.slice(at + 1);
        }
        const joined = read(body, cuts, true);
        const { content, pieces, end } = read(body, cuts, false);
        assert.deepEqual({ content: joined.content, end: joined.end }, { content, end });
        assert.ok(joined.pieces <= pieces);
      },
    ),
    { numRuns: 20_000 },
  );
});

test("small chunks that came together are one piece", () => {
  const body = `${"5\r\nhello\r\n".repeat(30)}0\r\n\r\n`;
  assert.deepEqual(read(body, [], true), {
    content: "hello".repeat(30),
    pieces: 1,
    end: "end, trailers , 0 bytes behind it",
  });
  assert.equal(read(body, [], false).pieces, 30);
});

test("far more framing than content is refused at the same byte", () => {
  const body = "1\r\na\r\n".repeat(300);
  assert.match(read(body, [], true).end, /^CHUNK_OVERHEAD/);
  assert.deepEqual(read(body, [], true).end, read(body, [], false).end);
  assert.equal(read(body, [], true).content, read(body, [], false).content);
});
