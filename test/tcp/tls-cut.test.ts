import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { cuttingServer } from "../support/cutting-server.ts";

test("an end without close_notify is an error, even for a reader that comes much later", async () => {
  await using server = await cuttingServer("half of it");
  let ended = (): void => {};
  const peerEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  await using connection = await connect({
    host: "localhost",
    port: server.port,
    tls: { ca: [CERTIFICATE.cert] },
    observer: { connection: ({ kind }) => kind === "peer-end" && ended() },
  });
  await peerEnded;
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "half of it");
  for (let i = 0; i < 2; i++) await assert.rejects(connection.read(), { code: "BODY_TRUNCATED" });
});
