import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestUrl } from "../../src/http/request-url.ts";
import { TransportError } from "../../src/tcp/errors.ts";

// One canonical answer, whatever the spelling: host to connect to and to verify, port, Host field, request-target.
const SPELLINGS: [url: string, host: string, port: number, authority: string, target: string][] = [
  ["http://example.org", "example.org", 80, "example.org", "/"],
  ["HTTP://EXAMPLE.ORG:80/", "example.org", 80, "example.org", "/"],
  ["https://example.org:443/", "example.org", 443, "example.org", "/"],
  ["http://example.org:443/", "example.org", 443, "example.org:443", "/"],
  ["http://example.org:0080/", "example.org", 80, "example.org", "/"],
  ["http:example.org/", "example.org", 80, "example.org", "/"],
  ["http:\\\\example.org\\a", "example.org", 80, "example.org", "/a"],
  ["http://example.org/a b", "example.org", 80, "example.org", "/a%20b"],
  ["http://example.org/é?é", "example.org", 80, "example.org", "/%C3%A9?%C3%A9"],
  ["http://example.org/a/../b/./c", "example.org", 80, "example.org", "/b/c"],
  ["http://example.org/%2e%2e/b", "example.org", 80, "example.org", "/b"],
  ["http://example.org//evil.example/", "example.org", 80, "example.org", "//evil.example/"],
  ["http://example.org?q#f", "example.org", 80, "example.org", "/?q"],
  ["http://evil.example@example.org/", "example.org", 80, "example.org", "/"],
  ["http://example.org\t/a\r\nb", "example.org", 80, "example.org", "/ab"],
  ["http://example.org./", "example.org.", 80, "example.org.", "/"],
  ["http://127.1/", "127.0.0.1", 80, "127.0.0.1", "/"],
  ["http://2130706433/", "127.0.0.1", 80, "127.0.0.1", "/"],
  ["http://0x7f.0.0.1/", "127.0.0.1", 80, "127.0.0.1", "/"],
  ["http://0177.0.0.1/", "127.0.0.1", 80, "127.0.0.1", "/"],
  ["http://１２７.0.0.1/", "127.0.0.1", 80, "127.0.0.1", "/"],
  ["http://[::1]:8080/", "::1", 8080, "[::1]:8080", "/"],
  ["http://[0:0::1]/", "::1", 80, "[::1]", "/"],
  ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1", 80, "[::ffff:7f00:1]", "/"],
  ["http://bücher.example/", "xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/"],
  ["http://example。org/", "example.org", 80, "example.org", "/"],
  ["http://ex%61mple.org/", "example.org", 80, "example.org", "/"],
];

for (const [url, host, port, authority, target] of SPELLINGS) {
  test(`${JSON.stringify(url)} is ${authority} and ${target}`, () => {
    const parsed = parseRequestUrl(url);
    assert.deepEqual(
      [parsed.host, parsed.port, parsed.authority, parsed.target],
      [host, port, authority, target],
    );
    assert.doesNotMatch(parsed.href, /@|#/);
  });
}

for (const url of [
  "http://a%00b/",
  "http://a%0d%0ab/",
  "http://[::1%25eth0]/",
  "http://256.0.0.1/",
  "http://1.2.3.4.5/",
  "http://a:99999/",
  "http://a:b/",
  "http://a<b/",
  "ws://a/",
  "",
]) {
  test(`${JSON.stringify(url)} is refused`, () => {
    assert.throws(
      () => parseRequestUrl(url),
      (error) => error instanceof TransportError && error.code === "URL_INVALID",
    );
  });
}

test("credentials are decoded, and a lone percent sign stands for itself", () => {
  assert.equal(parseRequestUrl("http://a%3Ab:c%@h/").authorization, `Basic ${btoa("a:b:c%")}`);
  assert.equal(parseRequestUrl("http://user@h/").authorization, `Basic ${btoa("user:")}`);
  assert.equal(parseRequestUrl("http://h/").authorization, undefined);
});
