import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { type RedirectPolicy, redirectedRequest } from "../../src/http/client/redirect.ts";
import { Fields } from "../../src/http1/fields.ts";

/** The names of the fields that are sent along from http://a/ to another origin. */
function namesSentTo(location: string, fields: RequestInput["fields"], policy: RedirectPolicy): string[] {
  const redirect = { status: 302, fields: new Fields(["Location", location]) };
  const next = redirectedRequest({ url: "http://a/", ...(fields && { fields }) }, redirect, policy);
  return [...Fields.from(next?.fields)].map(([name]) => name);
}

for (const name of ["Authorization", "Cookie", "Proxy-Authorization"]) {
  for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
    test(`${spelling} is not sent to another origin even if all fields are called safe`, () => {
      const fields = { [spelling]: "secret", "X-Trace": "1" };
      assert.deepEqual(namesSentTo("http://b/", fields, { safeFields: "all" }), ["X-Trace"]);
      assert.deepEqual(namesSentTo("http://a:81/", fields, { safeFields: "all" }), ["X-Trace"]);
      assert.deepEqual(namesSentTo("http://a/b", fields, { safeFields: "all" }), [spelling, "X-Trace"]);
    });
  }

  test(`${name} is sent to another origin if the caller names it`, () => {
    assert.deepEqual(namesSentTo("http://b/", { [name]: "secret" }, { safeFields: [name] }), [name]);
  });
}

test("no redirect is followed with a header section that was written as text for one request", () => {
  for (const location of ["http://b/", "http://a/b"]) {
    const redirect = { status: 302, fields: new Fields(["Location", location]) };
    const request = { url: "http://a/", fieldText: "Host: a\r\nX-Api-Key: secret\r\n" };
    assert.throws(() => redirectedRequest(request, redirect), { code: "REDIRECT_REFUSED" });
  }
});
