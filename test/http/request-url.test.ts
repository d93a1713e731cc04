import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRequestUrl, sameOriginUrl } from "../../src/http/client/request-url.ts";
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

const BEFORE = parseRequestUrl("http://a.test:8080/x?y");

test("a URL of the same origin with a usual path is read without the platform's parser, and comes out the same", () => {
  const part = fc.constantFrom(
    "/",
    "a",
    ".",
    "..",
    "%2e",
    "%2F",
    "?",
    "#",
    ":",
    "@",
    "\\",
    "'",
    " ",
    "é",
    "&b=",
    "\t",
    "~",
    "//",
  );
  const text = fc.array(part, { maxLength: 8 }).map((parts) => `http://a.test:8080${parts.join("")}`);
  fc.assert(
    fc.property(text, (url) => {
      const known = sameOriginUrl(url, BEFORE);
      if (known !== undefined) assert.deepEqual(known, parseRequestUrl(url));
    }),
    { numRuns: 20_000 },
  );
});

test("most URLs have usual paths and queries, and a URL of another origin never counts as usual", () => {
  for (const target of ["/", "/a/b.html", "/?q=a%20b&c=/../d", "/a/b/", "/~me/x,y;z=1"]) {
    assert.equal(sameOriginUrl(`http://a.test:8080${target}`, BEFORE)?.target, target);
  }
  for (const rest of ["", "0/", ".evil/", "@evil/", "/a/../b", "/.", "/a#b", "/%2e%2e/", "/a b", "/a'?'"]) {
    assert.equal(sameOriginUrl(`http://a.test:8080${rest}`, BEFORE), undefined, rest);
  }
  assert.equal(sameOriginUrl("http://a.test:8080/", parseRequestUrl("http://u:p@a.test:8080/")), undefined);
});
