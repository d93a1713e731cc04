import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUpstream } from "../../src/proxy/upstream.ts";
import type { TransportError } from "../../src/tcp.ts";

const UPSTREAMS: Readonly<Record<string, object>> = {
  "127.0.0.1:8080": { host: "127.0.0.1", port: 8080 },
  "example.org:80": { host: "example.org", port: 80 },
  "8080": { host: "127.0.0.1", port: 8080 },
  "[::1]:8080": { host: "::1", port: 8080 },
  "unix:/run/app.sock": { path: "/run/app.sock" },
  "tls:example.org:853": { host: "example.org", port: 853, tls: {} },
  "http://example.org": { host: "example.org", port: 80 },
  "http://[::1]:81/": { host: "::1", port: 81 },
  "https://example.org": { host: "example.org", port: 443, tls: { alpn: ["http/1.1"] } },
  "HTTPS://example.org:8443/": { host: "example.org", port: 8443, tls: { alpn: ["http/1.1"] } },
};

for (const [text, connect] of Object.entries(UPSTREAMS)) {
  test(`the server ${text}`, () => assert.deepEqual(parseUpstream(text).connect, connect));
}

const REFUSED = [
  "",
  "example.org",
  "example.org:",
  "example.org:0",
  "example.org:65536",
  "example.org:http",
  "::1:80",
  "unix:",
  "tls:example.org",
  "ftp://example.org",
  "https://example.org/path",
  "https://user@example.org",
  "http://",
  "a b:80",
];

for (const text of REFUSED) {
  test(`no server: ${JSON.stringify(text)}`, () =>
    assert.throws(
      () => parseUpstream(text),
      (error: TransportError) =>
        error.code === "HOST_INVALID" && error.message.includes(JSON.stringify(text)),
    ));
}

for (const host of ["[.]", "[::1", "0x7f.1", "a|b"]) {
  test(`no server: the host ${host}`, () => {
    for (const text of [`${host}:80`, `tls:${host}:80`, `http://${host}`])
      assert.throws(() => parseUpstream(text), { code: "HOST_INVALID" });
  });
}
