import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { utf8 } from "../../src/bytes/text.ts";
import { type ConnectOptions, connect } from "../../src/tcp/connect.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { type Listener, listen } from "../../src/tcp/listen.ts";
import type { ClosedInfo } from "../../src/tcp/models/model.ts";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import {
  ADDRESS_ONLY,
  CERTIFICATE,
  WEAK_AUTHORITY,
  WEAK_KEY,
  WITHOUT_NAMES,
} from "../support/certificate.ts";
import { cuttingServer } from "../support/cutting-server.ts";

const trust = { ca: [CERTIFICATE.cert] };

function portOf(listener: Listener): number {
  return (listener.address as { port: number }).port;
}

test("both ends know the protocol, the cipher and the certificate", async () => {
  await using listener = await listen({ tls: { ...CERTIFICATE, alpn: ["http/1.1"] }, handler: echo });
  await using connection = await connect({
    host: "localhost",
    port: portOf(listener),
    tls: { ...trust, alpn: ["h2", "http/1.1"] },
  });
  assert.equal(connection.tls?.protocol, "TLSv1.3");
  assert.match(connection.tls?.cipher ?? "", /^TLS_/);
  assert.equal(connection.tls?.alpn, "http/1.1");
  assert.equal(connection.tls?.authorized, true);
  assert.equal(connection.tls?.verifyError, undefined);
  assert.equal(connection.tls?.peer?.subject, "CN=localhost");
  await connection.write("over TLS");
  await connection.end();
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "over TLS");
});

test("a handler that aborts at once, over TLS, ends its connection and nothing else", async () => {
  await using listener = await listen({ tls: CERTIFICATE, handler: (connection) => connection.abort() });
  for (let round = 0; round < 3; round++) {
    const client = tls.connect({ port: portOf(listener), host: "127.0.0.1", rejectUnauthorized: false });
    // Not by `once`, which rejects when the reset is reported as an error.
    await new Promise((closed) =>
      client
        .on("error", () => {})
        .on("close", closed)
        .resume(),
    );
  }
  assert.equal(listener.accepted, 3);
});

const refusals: Record<string, { options: Partial<ConnectOptions>; message: RegExp }> = {
  "a certificate nobody vouches for": {
    options: { host: "localhost", tls: true },
    message: /^TLS with localhost: the certificate is self-signed, .* \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
  },
  "a certificate for another name": {
    options: { host: "127.0.0.1", tls: { ...trust, servername: "other.example" } },
    message:
      /^TLS with other\.example: the certificate is not for "other\.example" \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
  },
  "a certificate for another address": {
    options: { host: "127.0.0.2", tls: trust },
    message: /^TLS with 127\.0\.0\.2: the certificate is not for "127\.0\.0\.2"/,
  },
};

for (const [what, { options, message }] of Object.entries(refusals)) {
  test(`${what} is refused with the reason in words`, async () => {
    await using listener = await listen({ host: "0.0.0.0", tls: CERTIFICATE, handler: echo });
    const error = await failure({ ...options, port: portOf(listener) });
    assert.equal(error.code, "TLS_VERIFY");
    assert.match(error.message, message);
    assert.deepEqual(error.certificates.map(Buffer.from), [new X509Certificate(CERTIFICATE.cert).raw]);
  });
}

const unfit: Record<string, { server: { cert: string; key: string }; ca: string; message: RegExp }> = {
  "a common name is no identity": {
    server: WITHOUT_NAMES,
    ca: WITHOUT_NAMES.cert,
    message: /the certificate is not for "localhost" \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
  },
  "a common name beside an address is no identity either": {
    server: ADDRESS_ONLY,
    ca: ADDRESS_ONLY.cert,
    message: /the certificate is not for "localhost" \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
  },
  "a key of RSA below 2048 bits is refused, whoever trusts it": {
    server: WEAK_KEY,
    ca: WEAK_KEY.cert,
    message: /the key of the certificate is too weak \(RSA: below 2048 bits\)/,
  },
  "an authority with such a key is refused": {
    server: WEAK_AUTHORITY,
    ca: WEAK_AUTHORITY.authority,
    message: /the key of an authority in the certificate chain is too weak/,
  },
};

for (const [promise, { server, ca, message }] of Object.entries(unfit)) {
  test(promise, async () => {
    const { cert, key } = server;
    const weak = tls
      .createServer({ cert, key, ciphers: "DEFAULT@SECLEVEL=0" })
      .on("tlsClientError", () => {});
    weak.listen(0, "127.0.0.1");
    await once(weak, "listening");
    try {
      const { port } = weak.address() as net.AddressInfo;
      const error = await failure({ host: "127.0.0.1", port, tls: { ca: [ca], servername: "localhost" } });
      assert.equal(error.code, "TLS_VERIFY");
      assert.match(error.message, message);
    } finally {
      weak.close();
    }
  });
}

test("a certificate with an address is valid for that address", async () => {
  await using listener = await listen({ tls: ADDRESS_ONLY, handler: echo });
  const port = portOf(listener);
  await using connection = await connect({ host: "127.0.0.1", port, tls: { ca: [ADDRESS_ONLY.cert] } });
  assert.equal(connection.tls?.authorized, true);
});

test("the server name in TLS has no trailing dot, even if the host has one (RFC 6066 §3)", async () => {
  const asked: string[] = [];
  const server = tls.createServer({
    ...CERTIFICATE,
    SNICallback(name, done) {
      asked.push(name);
      done(null);
    },
  });
  server.on("secureConnection", (socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  try {
    await using connection = await connect({ host: "localhost.", port, tls: trust, family: 4 });
    assert.equal(connection.tls?.authorized, true);
    assert.deepEqual(asked, ["localhost"]);
  } finally {
    server.close();
  }
});

test("insecure accepts any certificate, and says that it was not authorized", async () => {
  await using listener = await listen({ tls: CERTIFICATE, handler: echo });
  await using connection = await connect({ port: portOf(listener), tls: { insecure: true } });
  assert.equal(connection.tls?.authorized, false);
  // openssl verify(1) calls it error 18.
  assert.equal(connection.tls?.verifyError, "DEPTH_ZERO_SELF_SIGNED_CERT");
  const sent = connection.tls?.certificates.map((der) => Buffer.from(der).toString("base64"));
  assert.deepEqual(sent, [CERTIFICATE.cert.replace(/-----[^-]+-----|\s/g, "")]);
});

test("a server that does not speak TLS is named as the reason", async () => {
  await using listener = await listen({
    handler: async (connection) => {
      await connection.read();
      await connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    },
  });
  const error = await failure({ port: portOf(listener), tls: true });
  assert.equal(error.code, "TLS_HANDSHAKE");
  assert.match(error.message, /^TLS with 127\.0\.0\.1 failed: the peer does not speak TLS/);
});

test("the error says that the server hung up during the handshake", async () => {
  await using listener = await listen({ handler: async (connection) => void (await connection.read()) });
  const error = await failure({ port: portOf(listener), tls: true });
  assert.equal(error.code, "TLS_HANDSHAKE");
  assert.match(error.message, /closed the connection during the handshake/);
});

test("a server that stays silent runs into the deadline, phase tls", async ({ mock }) => {
  await using listener = await listen({ handler: async (connection) => void (await connection.closed) });
  mock.timers.enable({ apis: ["setTimeout"] });
  const onEvent = ({ kind }: ConnectionEvent) => {
    if (kind === "connected") setImmediate(() => mock.timers.tick(50));
  };
  const options = {
    port: portOf(listener),
    tls: true,
    timeoutMs: 50,
    observer: { connection: onEvent },
  } as const;
  const error = await failure(options);
  mock.timers.reset();
  assert.equal(error.code, "TIMEOUT_TLS");
  assert.equal(error.phase, "tls");
});

test("garbage on a TLS port is reported, and the next client is served", async () => {
  let report: (info: ClosedInfo) => void = () => {};
  const reported = new Promise<ClosedInfo>((resolve) => {
    report = resolve;
  });
  await using listener = await listen({ tls: CERTIFICATE, handler: echo, onClosed: (info) => report(info) });
  net
    .connect(portOf(listener), "127.0.0.1")
    .on("error", () => {})
    .end("GET / HTTP/1.1\r\n\r\n")
    .resume();
  const { reason } = await reported;
  assert.equal(reason.error?.code, "TLS_HANDSHAKE");
  await using connection = await connect({ port: portOf(listener), tls: trust });
  await connection.write("x");
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "x");
});

test("a certificate that cannot be read is refused before it listens", async () => {
  await assert.rejects(listen({ tls: { cert: "no PEM", key: "neither" }, handler: echo }), {
    name: "TransportError",
    phase: "listen",
    message: /^the certificate or its key cannot be used/,
  });
});

async function failure(options: ConnectOptions): Promise<TransportError> {
  try {
    await connect(options);
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error));
    return error;
  }
  assert.fail("it connected");
}

test("a FIN before the end of TLS is an error after the received bytes: anyone can send a FIN", async () => {
  await using server = await cuttingServer("half of it");
  await using connection = await connect({ host: "localhost", port: server.port, tls: trust });
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "half of it");
  await assert.rejects(connection.read(), { code: "BODY_TRUNCATED", phase: "read", bytesReceived: 10 });
});

test("close_notify before the FIN is an end", async () => {
  await using listener = await listen({
    tls: CERTIFICATE,
    handler: async (connection) => {
      await connection.write("all of it");
    },
  });
  await using connection = await connect({ host: "localhost", port: portOf(listener), tls: trust });
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "all of it");
  assert.equal(await connection.read(), undefined);
});

/** As curl writes it (RFC 7469 §2.4). */
const PIN = `sha256//${createHash("sha256")
  .update(new X509Certificate(CERTIFICATE.cert).publicKey.export({ type: "spki", format: "der" }))
  .digest("base64")}`;

test("a pinned key is checked in addition to everything else, on every connection", async () => {
  await using listener = await listen({ tls: CERTIFICATE, handler: echo });
  const other = `sha256//${"A".repeat(43)}=`;
  for (const pins of [[PIN], [other, PIN], [PIN.slice("sha256//".length)]]) {
    await using connection = await connect({
      host: "localhost",
      port: portOf(listener),
      tls: { ...trust, pins },
    });
    assert.equal(connection.tls?.authorized, true);
  }
  for (const pins of [[other], []]) {
    const error = await failure({ host: "localhost", port: portOf(listener), tls: { ...trust, pins } });
    assert.equal(error.code, "TLS_PIN");
    assert.deepEqual(error.certificates.map(Buffer.from), [new X509Certificate(CERTIFICATE.cert).raw]);
  }
  const unverified = { host: "localhost", port: portOf(listener), tls: { pins: [PIN] } };
  assert.equal((await failure(unverified)).code, "TLS_VERIFY", "a pin vouches for nobody");
});

test("no TLS session is resumed, so that no session reaches another host", async () => {
  await using listener = await listen({ tls: CERTIFICATE, handler: echo });
  for (let i = 0; i < 3; i++) {
    await using connection = await connect({ host: "localhost", port: portOf(listener), tls: trust });
    // When the first bytes have come, a ticket has come as well.
    await connection.write("x");
    await connection.read();
    assert.equal(connection.tls?.reused, false);
  }
});

test("versions of TLS before 1.2 are refused, whatever Node's defaults say", async (t) => {
  const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls;
  Object.assign(tls, { DEFAULT_MIN_VERSION: "TLSv1", DEFAULT_CIPHERS: "ALL:@SECLEVEL=0" });
  t.after(() => Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS }));
  const old = { maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
  const server = tls.createServer({ ...CERTIFICATE, ...old }).on("tlsClientError", () => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const error = await failure({ host: "localhost", port, tls: trust });
  assert.equal(error.code, "TLS_HANDSHAKE");
});

for (const servername of ["a\0.evil", "a\r\nb", "a b", "", "0x7f.1"]) {
  test(`${JSON.stringify(servername)} is refused as a server name`, async () => {
    await using listener = await listen({ tls: CERTIFICATE, handler: echo });
    const error = await failure({ host: "localhost", port: portOf(listener), tls: { ...trust, servername } });
    assert.equal(error.code, "HOST_INVALID");
  });
}

test("what the socket reports right after the handshake reaches the connection", async (t) => {
  await using listener = await listen({ tls: CERTIFICATE, handler: echo });
  const { connect: connectTls } = tls;
  const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
  t.mock.method(tls, "connect", (options: tls.ConnectionOptions) => {
    const socket = connectTls(options);
    // A tick runs before every promise that waits for the handshake.
    return socket.prependOnceListener("secureConnect", () => process.nextTick(() => socket.destroy(reset)));
  });
  const connection = await connect({ host: "localhost", port: portOf(listener), tls: trust });
  const { how, error } = await connection.closed;
  assert.deepEqual([how, error?.code], ["peer-abort", "PEER_RESET"]);
});
