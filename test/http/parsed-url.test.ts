import assert from "node:assert/strict";
import { test } from "node:test";
import { createCookieJar } from "../../src/http/client/cookies/cookie-jar.ts";
import { cookies } from "../../src/http/client/cookies/cookies.ts";
import type { ClientResponse } from "../../src/http/client/messages.ts";
import { Fields } from "../../src/http1/fields.ts";

test("a host with an umlaut gets its cookies, also after many requests", async () => {
  const url = "http://b\u00fccher.example/";
  const jar = createCookieJar();
  await jar.received(url, ["a=1"]);
  const step = cookies(jar);
  let sent = 0;
  // Node 20 and 22 answer URL.canParse wrongly once it is optimised.
  for (let i = 0; i < 50_000; i++) {
    await step({ url }, async ({ fields }) => {
      if (Fields.from(fields).has("cookie")) sent++;
      return { fields: new Fields([]) } as ClientResponse;
    });
  }
  assert.equal(sent, 50_000);
});
