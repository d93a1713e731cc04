import assert from "node:assert/strict";
import { test } from "node:test";
import { text } from "../../src/http/server/handler.ts";
import { isLoopback, onlyHosts } from "../../src/http/server/host-guard.ts";
import { rawClient } from "./raw-client.ts";

const guarded = onlyHosts(() => text("secret"), ["my.test", "Other.Test."]);

async function statusFor(target: string, fields: string, version = "1.1"): Promise<number> {
  const client = rawClient(guarded);
  client.send(`GET ${target} HTTP/${version}\r\n${fields}Connection: close\r\n\r\n`);
  return Number((await client.toEnd()).slice(9, 12));
}

test("loopback names and addresses are answered, and the names that are allowed", async () => {
  for (const host of [
    "localhost",
    "LOCALHOST:8080",
    "localhost.",
    "app.localhost",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.1.2.3",
    "[::1]",
    "[0:0:0:0:0:0:0:1]:8080",
    "[::ffff:127.0.0.1]",
    "my.test",
    "MY.test:1",
    "other.test",
  ]) {
    assert.equal(await statusFor("/", `Host: ${host}\r\n`), 200, host);
  }
});

test("every other name is 421", async () => {
  for (const host of [
    "evil.test",
    "localhost.evil.test",
    "notlocalhost",
    "127.0.0.1.evil.test",
    "127.evil.test",
    "my.test.evil.test",
    "sub.my.test",
    "0.0.0.0",
    "10.0.0.1",
    "[::2]",
    "[::ffff:10.0.0.1]",
    "999.1.1.1",
  ]) {
    assert.equal(await statusFor("/", `Host: ${host}\r\n`), 421, host);
  }
});

test("the authority of the target counts if there is one (RFC 9112 §3.2.2)", async () => {
  assert.equal(await statusFor("http://localhost/", "Host: localhost\r\n"), 200);
  assert.notEqual(await statusFor("http://evil.test/", "Host: evil.test\r\n"), 200);
  assert.notEqual(await statusFor("http://evil.test/", "Host: localhost\r\n"), 200);
});

test("each request is checked, even on a connection that has used an allowed name before", async () => {
  const client = rawClient(guarded);
  const ask = (host: string): void => client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  for (const host of ["localhost", "localhost", "evil.test", "localhost"]) ask(host);
  const received = await client.until(/(?:HTTP[\s\S]*){4}secret$/);
  assert.deepEqual(received.match(/(?<=HTTP\/1\.1 )\d+/g), ["200", "200", "421", "200"]);
});

test("an address is loopback or not", () => {
  const at = (host: string) => isLoopback({ family: host.includes(":") ? "IPv6" : "IPv4", host, port: 1 });
  for (const host of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
    assert.equal(at(host), true, host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "128.0.0.1"]) assert.equal(at(host), false, host);
  assert.equal(isLoopback({ family: "unix", path: "/run/socket" }), false);
});
