import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress } from "../../src/tcp/public-address.ts";

const at = (host: string) => ({ family: host.includes(":") ? "IPv6" : "IPv4", host, port: 80 }) as const;

for (const host of [
  ...[
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.31.255.255",
  ],
  ...["192.168.0.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "255.255.255.255"],
  ...["::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:a9fe:a9fe", "::ffff:0:10.0.0.1"],
  ...[
    "64:ff9b::7f00:1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "ff02::1",
  ],
]) {
  test(`${host} is not an address of the public internet`, () =>
    assert.equal(isPublicAddress(at(host)), false));
}

for (const host of [
  "1.1.1.1",
  "8.8.8.8",
  "172.32.0.1",
  "192.0.1.1",
  "::ffff:8.8.8.8",
  "2606:4700::1111",
  "2a00::1",
]) {
  test(`${host} is public`, () => assert.equal(isPublicAddress(at(host)), true));
}

test("a Unix socket is not public", () =>
  assert.equal(isPublicAddress({ family: "unix", path: "/a" }), false));
