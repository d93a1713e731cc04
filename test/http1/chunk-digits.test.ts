import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { EMPTY_FIELDS } from "../../src/http1/fields.ts";
import { request } from "./heads.ts";

for (const mayOverwrite of [false, true]) {
  test(`a chunk-size has no more digits than allowed, ${mayOverwrite ? "also behind chunks that are joined" : "read one by one"}`, () => {
    const client = new Http1Connection({ role: "client", limits: { maxChunkSizeDigits: 2 } });
    client.send(request());
    client.send({ type: "end", trailers: EMPTY_FIELDS });
    const chunks = "05\r\nhello\r\n05\r\nhello\r\n005\r\nhello\r\n0\r\n\r\n";
    client.receive(
      latin1Bytes(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`),
      mayOverwrite,
    );
    let content = 0;
    assert.throws(
      () => {
        for (let event = client.nextEvent(); typeof event === "object"; event = client.nextEvent())
          if (event.type === "data") content += event.bytes.length;
      },
      { code: "INVALID_CHUNK_SIZE" },
    );
    assert.equal(content, 10);
  });
}
