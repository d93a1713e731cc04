import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { HttpClient } from "wirepane/http";
import { Fields } from "wirepane/http1";
import { type Lab, startLab } from "wirepane/lab";
import { refusalOf } from "../../src/lab/host/guard.ts";
import { openBrowser } from "../support/browser.ts";

// Who may ask the page's server: every web site that the user opens can send requests to loopback (W-01 to W-06, W-11).

const client = new HttpClient();
let lab: Lab;
let port: string;
let token: string;
before(async () => {
  lab = await startLab({ actions: { count: async () => ({ counted: true }) } });
  const url = new URL(lab.url);
  port = url.port;
  token = url.hash.slice("#token=".length);
});
after(async () => {
  await client.close();
  await lab.close();
});

/** The status of the answer to a request with these fields besides the usual ones. A value of "" leaves a field out. */
async function statusOf(method: string, path: string, fields: Record<string, string> = {}): Promise<number> {
  const content = method === "POST" ? { body: "{}" } : {};
  const usual = {
    Host: `127.0.0.1:${port}`,
    ...(method === "POST" && { "Content-Type": "application/json" }),
  };
  const all = Object.entries({ ...usual, ...fields }).filter(([, value]) => value !== "");
  const response = await client.request({
    method,
    url: new URL(`http://127.0.0.1:${port}${path}`),
    fields: all,
    ...content,
  });
  const { status } = response;
  response.discard();
  return status;
}

const ROUTES = [
  ["GET", "/"],
  ["GET", "/lab.js"],
  ["GET", "/records"],
  ["POST", "/actions/count"],
] as const;

describe("every route", () => {
  test("answers its own loopback names alone: a name that was rebound gets 421", async () => {
    for (const [method, path] of ROUTES)
      for (const host of [
        "evil.test",
        `evil.test:${port}`,
        "127.0.0.1",
        "127.0.0.1:1",
        `evil.test.:${port}`,
        "[::ffff:127.0.0.1]",
      ])
        assert.equal(
          await statusOf(method, path, { Host: host, "X-Wirepane-Token": token }),
          421,
          `${path} ${host}`,
        );
    for (const host of ["127.0.0.1", "localhost", "[::1]"])
      assert.equal(await statusOf("GET", "/", { Host: `${host}:${port}` }), 200);
  });

  test("refuses what comes from another origin or site", async () => {
    const origins = [
      "http://evil.test",
      "https://evil.test",
      "null",
      "",
      "http://127.0.0.1",
      "http://127.0.0.1:1",
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${port}.evil.test`,
      `http://evil.test:${port}`,
      "file://",
      "chrome-extension://abc",
      `http://127.0.0.1:${port}/`,
      `http://user@127.0.0.1:${port}`,
      `HTTP://127.0.0.1:${port}`,
      `http://127.0.0.1:${port}, http://evil.test`,
      "http://[::1]",
      "*",
      "data:",
      "http://localhost",
      "http://0.0.0.0",
    ].filter(Boolean);
    for (const [method, path] of ROUTES) {
      for (const Origin of origins)
        assert.equal(
          await statusOf(method, path, { Origin, "X-Wirepane-Token": token }),
          403,
          `${path} ${Origin}`,
        );
      for (const site of ["cross-site", "same-site", "Same-Origin", "none, cross-site"])
        assert.equal(
          await statusOf(method, path, { "Sec-Fetch-Site": site, "X-Wirepane-Token": token }),
          403,
        );
    }
  });

  test("has no CORS field, and is closed to frames and to other origins", async () => {
    const response = await client.request({ url: new URL(`http://127.0.0.1:${port}/`) });
    await response.text();
    const names = [...response.fields].map(([name]) => name.toLowerCase());
    assert.deepEqual(
      names.filter((name) => name.startsWith("access-control-")),
      [],
    );
    assert.equal(response.fields.get("cross-origin-resource-policy"), "same-origin");
    assert.match(
      response.fields.get("content-security-policy") ?? "",
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    assert.doesNotMatch(response.fields.get("content-security-policy") ?? "", /unsafe|\*/);
  });

  test("has no file but those of the page, whatever the path", async () => {
    for (const path of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2f..%2fetc%2fpasswd",
      "//etc/passwd",
      "/lab.js/",
      "/lab.js%00",
      "/LAB.JS",
      "/toString",
    ])
      assert.equal(await statusOf("GET", path), 404, path);
  });
});

describe("records and actions", () => {
  const wrong = ["", "0".repeat(32), "f", `${"0".repeat(31)}g`, "true", "undefined"];

  test("are for who has the token", async () => {
    for (const [method, path] of [
      ["GET", "/records"],
      ["POST", "/actions/count"],
    ] as const) {
      for (const given of [
        ...wrong,
        token.toUpperCase() === token ? "" : token.toUpperCase(),
        `${token} `,
        token.slice(1),
      ])
        if (given.trim() !== token)
          assert.equal(await statusOf(method, path, { "X-Wirepane-Token": given }), 403, given);
      assert.equal(await statusOf(method, path, { "X-Wirepane-Token": token }), 200);
    }
  });

  test("an action is a POST in JSON: no form and no image can ask for it", async () => {
    assert.equal(await statusOf("GET", "/actions/count", { "X-Wirepane-Token": token }), 405);
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=a",
      "",
    ])
      assert.equal(
        await statusOf("POST", "/actions/count", { "X-Wirepane-Token": token, "Content-Type": type }),
        415,
        type,
      );
    assert.equal(await statusOf("POST", "/actions/other", { "X-Wirepane-Token": token }), 404);
    assert.equal(await statusOf("POST", "/actions/__proto__", { "X-Wirepane-Token": token }), 404);
  });
});

test("a page that nobody looks at is not served for ever", async () => {
  const unwatched = await startLab({ maxUnwatchedMs: 30 });
  await unwatched.stopped;
  await assert.rejects(client.request({ url: new URL("/", unwatched.url) }), { code: "CONNECT_REFUSED" });
});

test("the guard gives a verdict on any octets, and lets nothing strange through", () => {
  const value = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 60,
  });
  const field = fc.tuple(
    fc.constantFrom("Host", "Origin", "Sec-Fetch-Site", "X-Wirepane-Token", "Content-Type"),
    value,
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), value, (fields, method) => {
      const asked = { method, fields: new Fields(fields.flat()) };
      for (const purpose of ["file", "records", "action"] as const)
        assert.notEqual(refusalOf(asked, purpose, { port: 1, token: "a" }), undefined);
    }),
    { numRuns: 2000 },
  );
});

test("Chromium, led to the page by a name of another site (DNS rebinding), is refused", async () => {
  const browser = await openBrowser(["--host-resolver-rules=MAP evil.test 127.0.0.1"]);
  try {
    const page = await browser.newPage();
    const response = await page.goto(`http://evil.test:${port}/#token=${token}`);
    assert.equal(response?.status(), 421);
  } finally {
    await browser.close();
  }
});
