import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { connectionKey, connectOptionsKey } from "../../src/http/client/connection-key.ts";
import { connectTunnel } from "../../src/http/client/proxies/connect-tunnel.ts";
import { socks4 } from "../../src/http/client/proxies/socks4.ts";
import { socks5 } from "../../src/http/client/proxies/socks5.ts";
import { parseRequestUrl } from "../../src/http/client/request-url.ts";
import type { ConnectOptions } from "../../src/tcp/connect.ts";

const lookups = [async () => [], async () => []];
const policies = [() => true, () => false];
const text = fc.constantFrom("", "a", "b", "a,b", '"', "a\u0000b");
const bytes = fc.constantFrom(new Uint8Array([1]), new Uint8Array([1, 2]));
// A prototype makes no difference between options, but it would to isDeepStrictEqual.
const optional = { requiredKeys: [], noNullPrototype: true };
const tls = fc.record(
  {
    servername: text,
    ca: fc.array(fc.oneof(text, bytes), { maxLength: 2 }),
    cert: fc.oneof(text, bytes),
    key: fc.oneof(text, bytes),
    insecure: fc.boolean(),
    alpn: fc.array(text, { maxLength: 2 }),
    minVersion: fc.constantFrom("TLSv1.2", "TLSv1.3"),
    pins: fc.array(text, { maxLength: 2 }),
  },
  optional,
);
const preambles = [() => new Uint8Array([1]), () => new Uint8Array([2])];
const hop = fc.record(
  {
    host: text,
    port: fc.integer({ min: 1, max: 3 }),
    path: text,
    tls: fc.oneof(fc.constant(true), tls),
    greet: fc.constantFrom(socks4, socks5, connectTunnel),
    settings: fc.record(
      { user: text, password: text, names: fc.boolean(), fieldLines: fc.array(text, { maxLength: 2 }) },
      optional,
    ),
  },
  optional,
);
const identity = {
  host: text,
  port: fc.integer({ min: 1, max: 3 }),
  path: text,
  family: fc.constantFrom(4, 6),
  localAddress: text,
  lookup: fc.constantFrom(...lookups),
  addressPolicy: fc.constantFrom(...policies),
  noDelay: fc.boolean(),
  keepAliveMs: fc.integer({ min: 1, max: 3 }),
  tls: fc.oneof(fc.constant(true), tls),
  preamble: fc.oneof(bytes, fc.constantFrom(...preambles)),
  through: fc.array(hop, { maxLength: 2 }),
};
const options = fc.record(identity, optional) as fc.Arbitrary<ConnectOptions>;

test("two sets of options have one key if, and only if, they mean the same connection", () => {
  fc.assert(
    fc.property(options, options, (a, b) => {
      assert.equal(connectOptionsKey(a) === connectOptionsKey(b), isDeepStrictEqual(a, b));
    }),
    { numRuns: 100_000 },
  );
});

test("changing any one option changes the key", () => {
  fc.assert(
    fc.property(
      options,
      fc.constantFrom(...(Object.keys(identity) as (keyof typeof identity)[])),
      (some, name) => {
        const { [name]: _, ...without } = some;
        const changed = name in some ? without : { ...some, [name]: name === "tls" ? true : "other" };
        assert.notEqual(connectOptionsKey(some), connectOptionsKey(changed));
      },
    ),
    { numRuns: 2000 },
  );
});

test("the order of options, timeouts and observers do not matter", () => {
  const one = { family: 4, noDelay: true, timeoutMs: 1, signal: new AbortController().signal } as const;
  const other = { timeoutMs: 2, noDelay: true, family: 4, observer: { connection() {} } } as const;
  assert.equal(connectOptionsKey(one), connectOptionsKey(other));
});

test("scheme, host and port are part of the key, in their canonical form", () => {
  const key = (url: string) => connectionKey(parseRequestUrl(url).origin, "");
  assert.equal(key("http://EXAMPLE.org:80/a"), key("http://example.org/b?c"));
  assert.equal(key("http://127.1/"), key("http://127.0.0.1/"));
  const different = ["http://a/", "https://a/", "http://a:8080/", "http://a:443/", "http://b/", "http://a./"];
  assert.equal(new Set(different.map(key)).size, different.length);
});
