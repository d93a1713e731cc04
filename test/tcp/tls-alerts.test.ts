import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { HttpClient } from "../../src/http/client/client.ts";
import { connect } from "../../src/tcp/connect.ts";
import type { CloseReason } from "../../src/tcp/connection.ts";
import { listen } from "../../src/tcp/listen.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { runCli } from "../support/cli.ts";

// TLS that fails after the handshake. Node tells of it, and ends neither a client's socket nor one of a server of ours.

/** A server of TLS 1.3 that wants a certificate. For a client without one the handshake is over before the refusal. */
async function demandingServer() {
  const server = tls.createServer({ ...CERTIFICATE, requestCert: true, rejectUnauthorized: true });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const dispose = async () => {
    server.close();
    await once(server, "close");
  };
  return { port, [Symbol.asyncDispose]: dispose };
}

const WANTED =
  "TLS failed: the peer wants a certificate of ours, and got none (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)";

test("a client is told at once that the server wants a certificate", async () => {
  await using server = await demandingServer();
  await using client = new HttpClient({ headTimeoutMs: 5000, connect: { tls: { insecure: true } } });
  await assert.rejects(client.request({ url: `https://127.0.0.1:${server.port}/` }), {
    code: "TLS_HANDSHAKE",
    phase: "read",
    message: WANTED,
  });
  await using connection = await connect({ host: "127.0.0.1", port: server.port, tls: { insecure: true } });
  const { how, error } = await connection.closed;
  assert.deepEqual([how, error?.message], ["error", WANTED]);
});

test("the command exits with 56, as curl", async () => {
  await using server = await demandingServer();
  const { code, stderr } = await runCli(["http", "-sSk", `https://127.0.0.1:${server.port}/`]);
  assert.deepEqual([code, stderr], [56, `wirepane: (56) ${WANTED}\n`]);
});

test("a server ends a connection whose client breaks TLS, and its handler is told", async () => {
  let told: (reason: Promise<CloseReason>) => void = () => {};
  const accepted = new Promise<CloseReason>((resolve) => {
    told = resolve;
  });
  await using listener = await listen({
    tls: CERTIFICATE,
    handler: async (connection) => {
      told(connection.closed);
      await connection.write("hello");
      await connection.read().catch(() => {});
    },
  });
  const socket = net.connect((listener.address as { port: number }).port, "127.0.0.1");
  const client = tls.connect({ socket, rejectUnauthorized: false });
  client.on("error", () => {});
  await once(client, "data");
  // A record of application data that no key has made.
  socket.write(Buffer.concat([Buffer.from([0x17, 3, 3, 0, 40]), Buffer.alloc(40, 7)]));
  const { how, error } = await accepted;
  assert.deepEqual(
    [how, error?.code, error?.message],
    [
      "error",
      "TLS_HANDSHAKE",
      "TLS failed: decryption failed or bad record mac (ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC)",
    ],
  );
  if (!socket.destroyed) await once(socket, "close");
});
