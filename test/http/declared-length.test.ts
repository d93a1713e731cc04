import assert from "node:assert/strict";
import { test } from "node:test";
import { rawClient } from "./raw-client.ts";

for (const [size, bytes] of [
  ["short", 10],
  ["long", 200_000],
] as const) {
  for (const difference of [-1, 1]) {
    test(`${size} content whose length is not what its handler says is a 500, and none of it is sent`, async () => {
      const client = rawClient(() => ({
        fields: { "Content-Length": String(bytes + difference) },
        body: new Uint8Array(bytes).fill(0x78),
      }));
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const received = await client.toEnd();
      assert.match(received, /^HTTP\/1\.1 500 /);
      assert.doesNotMatch(received, /xxx/);
    });
  }
}
