import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { EMPTY_FIELDS, Fields } from "../../src/http1/fields.ts";

const RESPONSE = { type: "response", status: 200, reason: "OK", version: "1.1" } as const;

/** A server that has received a request, and has begun to answer with these fields. */
function answering(fields: Fields, observer?: ConstructorParameters<typeof Http1Connection>[0]["observer"]) {
  const server = new Http1Connection({ role: "server", observer });
  server.receive(latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  for (const type of ["request", "end"]) assert.equal((server.nextEvent() as { type: string }).type, type);
  return { server, head: server.send({ ...RESPONSE, fields }) };
}

test("a leading zero between two chunks belongs to the size of the next one", () => {
  const sizes: [start: number, end: number][] = [];
  const chunked = new Fields(["Transfer-Encoding", "chunked"]);
  const { server, head } = answering(chunked, {
    span: (direction, rule, start, end) => {
      if (direction === "out" && (rule === "chunk-size" || rule === "last-chunk")) sizes.push([start, end]);
    },
  });
  const written = [
    server.sendLeadingZero(),
    server.send({ type: "data", bytes: latin1Bytes("hello") }),
    server.sendLeadingZero(),
    server.sendLeadingZero(),
    server.send({ type: "end", trailers: EMPTY_FIELDS }),
  ];
  const content = written.map((bytes) => latin1(bytes)).join("");
  assert.equal(content, "05\r\nhello\r\n000\r\n\r\n");
  assert.deepEqual(
    sizes.map(([start, end]) => content.slice(start - head.length, end - head.length)),
    ["05", "000"],
  );
});

test("there is no leading zero without chunks, and none outside of content", () => {
  const { server } = answering(new Fields(["Content-Length", "5"]));
  assert.equal(server.sendLeadingZero().length, 0);
  server.send({ type: "data", bytes: latin1Bytes("hello") });
  server.send({ type: "end", trailers: EMPTY_FIELDS });
  assert.throws(() => server.sendLeadingZero(), { code: "WRONG_STATE", blame: "local" });
});
