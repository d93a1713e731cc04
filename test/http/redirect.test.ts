import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { followRedirects, type RedirectPolicy, redirectedRequest } from "../../src/http/client/redirect.ts";
import { Fields } from "../../src/http1/fields.ts";
import { TransportError } from "../../src/tcp/errors.ts";
import { rawServer } from "./raw-server.ts";

function redirected(request: RequestInput, status: number, location: string, policy?: RedirectPolicy) {
  const fields = new Fields(["Location", location]);
  return redirectedRequest(request, { status, fields }, policy);
}

const refused = (error: unknown) => error instanceof TransportError && error.code === "REDIRECT_REFUSED";

// RFC 9110 §15.4: the method of the next request.
const METHODS: [status: number, method: string, next: string][] = [
  ...[301, 302].flatMap((status): [number, string, string][] => [
    [status, "GET", "GET"],
    [status, "HEAD", "HEAD"],
    [status, "POST", "GET"],
    [status, "PUT", "PUT"],
    [status, "DELETE", "DELETE"],
  ]),
  [303, "GET", "GET"],
  [303, "HEAD", "HEAD"],
  [303, "POST", "GET"],
  [303, "PUT", "GET"],
  ...[307, 308].flatMap((status): [number, string, string][] => [
    [status, "GET", "GET"],
    [status, "POST", "POST"],
    [status, "PUT", "PUT"],
  ]),
];

for (const [status, method, next] of METHODS) {
  test(`after ${status}, ${method} becomes ${next}`, () => {
    const hasBody = method !== "GET" && method !== "HEAD";
    const request = {
      url: "http://a/x",
      method,
      ...(hasBody && { body: "b" }),
      fields: { "Content-Type": "text/plain", Accept: "a/b" },
    };
    const got = redirected(request, status, "/y");
    assert.equal(got?.method, next);
    assert.equal(String(got?.url), "http://a/y");
    const keepsBody = hasBody && next === method;
    assert.equal(got?.body, keepsBody ? "b" : undefined);
    assert.equal(Fields.from(got?.fields).has("content-type"), keepsBody);
    assert.equal(Fields.from(got?.fields).get("accept"), "a/b");
  });
}

for (const status of [200, 201, 300, 304, 305, 306, 404]) {
  test(`${status} is not a redirect, with or without Location`, () => {
    assert.equal(redirected({ url: "http://a/" }, status, "/y"), undefined);
  });
}

test("a redirect without Location is an answer like any other", () => {
  assert.equal(redirectedRequest({ url: "http://a/" }, { status: 302, fields: new Fields() }), undefined);
});

for (const location of ["", " ", "\t "]) {
  test(`a redirect whose Location is ${JSON.stringify(location)} is an answer like any other`, () => {
    const fields = new Fields(["Location", location]);
    assert.equal(redirectedRequest({ url: "http://a/" }, { status: 302, fields }), undefined);
  });
}

const LOCATIONS: [from: string, location: string, to: string][] = [
  ["http://a/b/c?d", "e", "http://a/b/e"],
  ["http://a/b/c", "?q", "http://a/b/c?q"],
  ["http://a/", "//b/c", "http://b/c"],
  ["http://a/", "https://a/", "https://a/"],
  ["http://a/", "/caf\xc3\xa9", "http://a/caf%C3%A9"],
  ["http://a/", "/caf\xe9", "http://a/caf%E9"],
  ["http://a/", "/\xe9\xc3\xa9%E9?\xff=\x80#\xfe", "http://a/%E9%C3%A9%E9?%FF=%80#%FE"],
  ["http://a/", "http://caf\xc3\xa9.example/", "http://xn--caf-dma.example/"],
  ["http://a/", "\\\\b\\c", "http://b/c"],
];

for (const [from, location, to] of LOCATIONS) {
  test(`${JSON.stringify(location)} seen from ${from} is ${to}`, () => {
    assert.equal(String(redirected({ url: from }, 302, location)?.url), to);
  });
}

for (const [from, location] of [
  ["http://a/", "file:///etc/passwd"],
  ["http://a/", "data:,x"],
  ["http://a/", "javascript:x"],
  ["https://a/", "http://a/"],
  ["http://a/", "http://user:secret@a/"],
  ["http://a/", "http://b@c/"],
  ["http://a/", "http://a b/"],
  ["http://a/", "http://caf\xe9.example/"],
  ["http://a/", "//user:secret@a:99999/"],
  ["http://a/", "http://user:secret@a b/"],
  ["http://a/", "http://user:sec/ret:secret@a b/"],
  ["http://a/", "secret:secret@a/"],
  ["http://a/", "ftp://user:secret@a/"],
  ["http://a/", "http://a b/?token=secret"],
] as const) {
  test(`a redirect from ${from} to ${location} is refused`, () => {
    assert.throws(
      () => redirected({ url: from }, 302, location),
      (error) => refused(error) && !(error as Error).message.includes("secret"),
    );
  });
}

test("a redirect from https to http is followed only if the caller allows it", () => {
  assert.ok(redirected({ url: "https://a/" }, 302, "http://a/", { allowDowngrade: true }));
});

test("a redirect with two Locations is refused", () => {
  const fields = new Fields(["Location", "/a", "Location", "/b"]);
  assert.throws(() => redirectedRequest({ url: "http://a/" }, { status: 302, fields }), refused);
});

const SECRETS = ["Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "Cookie2", "X-Auth-Token"];
const ORIGINS: [location: string, same: boolean][] = [
  ["http://a.example/other", true],
  ["http://a.example:80/other", true],
  ["http://A.EXAMPLE/other", true],
  ["http://a.example:8080/", false],
  ["https://a.example/", false],
  ["http://b.example/", false],
  ["http://sub.a.example/", false],
  ["http://a.example.evil/", false],
  ["http://a.example./", false],
];

for (const [location, same] of ORIGINS) {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`secrets ${same ? "stay with" : "do not go along to"} ${location} after ${status}`, () => {
      const fields = [
        ...SECRETS.map((name): [string, string] => [name, "secret"]),
        ["Accept", "a/b"] as const,
      ];
      const next = redirected({ url: "http://a.example/", fields }, status, location);
      const kept = Fields.from(next?.fields);
      for (const name of SECRETS) assert.equal(kept.has(name), same, name);
      assert.equal(kept.get("accept"), "a/b");
    });
  }
}

test("dropped fields do not come back when a redirect leads back to the first origin", () => {
  const first = { url: "http://a/", fields: { Cookie: "secret" } };
  const away = redirected(first, 302, "http://b/");
  assert.ok(away);
  const home = redirected(away, 302, "http://a/");
  assert.deepEqual(Fields.from(home?.fields).toJSON(), []);
});

test("fields that the caller calls safe are sent along, secrets only if named", () => {
  const request = { url: "http://a/", fields: { "X-Trace": "1", Cookie: "secret", Host: "a" } };
  const named = redirected(request, 302, "http://b/", { safeFields: ["x-trace"] });
  assert.deepEqual(Fields.from(named?.fields).toJSON(), [["X-Trace", "1"]]);
  const all = redirected(request, 302, "http://b/", { safeFields: "all" });
  assert.deepEqual(Fields.from(all?.fields).toJSON(), [["X-Trace", "1"]]);
});

test("content is sent to another origin only if the caller allows it, and a stream is never sent twice", () => {
  const request = { url: "http://a/", method: "POST", body: "secret" };
  assert.throws(() => redirected(request, 307, "http://b/"), refused);
  assert.equal(redirected(request, 307, "http://b/", { resendContent: true })?.body, "secret");
  const stream = { ...request, body: new ReadableStream<Uint8Array>() };
  assert.throws(() => redirected(stream, 307, "/y"), refused);
  assert.equal(redirected(stream, 303, "/y")?.body, undefined);
});

test("connect options and the client certificate of the first origin are not used for another", () => {
  const connect = {
    host: "10.0.0.1",
    port: 1,
    family: 4,
    tls: { servername: "a", cert: "c", key: "k", pfx: new Uint8Array(1), passphrase: "p", ca: ["x"] },
  } as const;
  const request = { url: "https://a/", connect };
  assert.deepEqual(redirected(request, 302, "https://b/")?.connect, { family: 4, tls: { ca: ["x"] } });
  assert.deepEqual(redirected(request, 302, "https://a/b")?.connect, connect);
});

/** Each path leads to the next one of `hops`, the last to an answer. */
function chain(locations: (request: string) => string | undefined) {
  return rawServer(async (peer) => {
    for (;;) {
      const target = (await peer.head().catch(() => undefined))?.split(" ")[1];
      if (target === undefined) return;
      const location = locations(target);
      peer.send(
        location === undefined
          ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
          : `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 4\r\n\r\nmove`,
      );
    }
  });
}

test("a chain of redirects is followed on one connection, and its URLs are reported", async () => {
  await using server = await chain((target) =>
    target === "/3" ? undefined : `/${Number(target.slice(1)) + 1}`,
  );
  await using client = new HttpClient();
  const seen: number[] = [];
  const { response, urls } = await followRedirects(
    { url: `${server.url}/0` },
    (input) => client.request(input),
    {
      onRedirect: ({ status }) => seen.push(status),
    },
  );
  assert.equal(await response.text(), "ok");
  assert.deepEqual(
    urls,
    [0, 1, 2, 3].map((n) => `${server.url}/${n}`),
  );
  assert.deepEqual(seen, [302, 302, 302]);
  assert.equal(server.peers.length, 1);
});

test("a chain that is too long stops", async () => {
  await using server = await chain((target) => `/${Number(target.slice(1)) + 1}`);
  await using client = new HttpClient();
  let asked = 0;
  const send = (input: RequestInput) => {
    asked++;
    return client.request(input);
  };
  await assert.rejects(
    followRedirects({ url: `${server.url}/0` }, send),
    (error) => error instanceof TransportError && error.code === "REDIRECT_LIMIT",
  );
  assert.equal(asked, 11);
});

test("a redirect back to an earlier URL is followed: only the number of redirects ends a chain", async () => {
  let asked = 0;
  await using server = await chain((target) => {
    if (target === "/login") return "/page";
    return ++asked < 4 ? "/login" : undefined;
  });
  await using client = new HttpClient();
  const { response, urls } = await followRedirects({ url: `${server.url}/page` }, (input) =>
    client.request(input),
  );
  assert.equal(await response.text(), "ok");
  assert.deepEqual([asked, urls.length], [4, 7]);
});

test("a redirect to itself is followed as often as any", async () => {
  await using server = await chain(() => "/");
  await using client = new HttpClient();
  let asked = 0;
  const send = (input: RequestInput) => {
    asked++;
    return client.request(input);
  };
  await assert.rejects(followRedirects({ url: server.url }, send, { maxRedirects: 5 }), {
    code: "REDIRECT_LIMIT",
    message: "more than 5 redirects",
  });
  assert.equal(asked, 6);
});
