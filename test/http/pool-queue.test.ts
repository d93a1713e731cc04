import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("requests that leave the queue make room in it, however often and however they leave", async () => {
  await using server = await rawServer((peer) => peer.answerAll(OK));
  await using client = new HttpClient({ maxConnectionsPerOrigin: 1, maxQueued: 1 });
  const ask = async (signal?: AbortSignal) =>
    (await client.request({ url: server.url, ...(signal && { signal }) })).text();
  for (let round = 0; round < 3; round++) {
    const answered = [ask(), ask()];
    await assert.rejects(ask(), { code: "POOL_QUEUE_FULL" });
    assert.deepEqual(await Promise.all(answered), ["ok", "ok"]);

    const controller = new AbortController();
    const ahead = ask();
    const givenUp = ask(controller.signal);
    controller.abort();
    await assert.rejects(givenUp, { code: "ABORTED" });
    const behind = ask();
    assert.deepEqual(await Promise.all([ahead, behind]), ["ok", "ok"]);
  }
});
