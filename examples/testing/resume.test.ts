// What a client does when a connection breaks, tested with node:test. Nothing of the client is changed for it:
//
//     node --test examples/testing/resume.test.ts

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProxy, expectTrace } from "wirepane/testing";
import { download } from "./download.ts";
import { FILE, serveFile } from "./file-server.ts";

test("the client retries once after a reset and resumes at byte 1,000", async () => {
  await using server = await serveFile();
  await using proxy = await createProxy({
    upstream: `127.0.0.1:${server.port}`,
    // The first connection is reset where the third chunk of 500 bytes begins.
    faults: ["down:cut rst on=conn#1 on=chunk#3 after=0B"],
    seed: 1,
  });

  assert.deepEqual(await download(`${proxy.url}/file`), FILE);

  expectTrace(proxy.recording)
    .toShow("status:200 state:reset fault:cut", { times: 1 })
    .toShow("status:206 field:range=bytes=1000-", { times: 1, after: "state:reset" })
    .not.toShow("method:GET", { after: "status:206" });
});
