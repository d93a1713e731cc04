import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestUrl } from "../../src/http/request-url.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { SPELLINGS } from "./spellings.ts";

for (const [url, host, port, authority, target] of SPELLINGS) {
  test(`${JSON.stringify(url)} is ${authority} and ${target}`, () => {
    const parsed = parseRequestUrl(url);
    assert.deepEqual(
      [parsed.host, parsed.port, parsed.authority, parsed.target],
      [host, port, authority, target],
    );
    assert.doesNotMatch(parsed.href, /^\w+:\/\/[^/]*@|#/);
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
