import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, latin1Bytes, utf8 } from "../../../src/bytes/text.ts";
import { HttpClient } from "../../../src/http/client/client.ts";
import { proxyFromEnvironment } from "../../../src/http/client/proxies/environment.ts";
import type { ProxyOptions } from "../../../src/http/client/proxies/proxy-options.ts";
import { followRedirects } from "../../../src/http/client/redirect.ts";
import { TransportError } from "../../../src/tcp/errors.ts";
import type { ConnectionEvent } from "../../../src/tcp/observer.ts";
import { CERTIFICATE } from "../../support/certificate.ts";
import { rawServer } from "../raw-server.ts";
import { httpProxy, origin, socksProxy } from "./proxy-servers.ts";

const trusted = { ca: [CERTIFICATE.cert] };

test("an http URL goes to an HTTP proxy in absolute-form, with the credentials for the proxy", async () => {
  await using proxy = await httpProxy();
  await using client = new HttpClient({ proxy: `http://us%65r:p%40ss@127.0.0.1:${proxy.port}` });
  const urls = ["http://one.test/a?b#c", "http://two.test:8080/"];
  for (const url of urls) {
    const response = await client.request({ url });
    assert.equal(await response.text(), "from the proxy");
    // One connection leads to all origins.
    assert.equal(response.connection.reused, url !== urls[0]);
  }
  const basic = `Basic ${btoa("user:p@ss")}`;
  assert.deepEqual(proxy.seen, [`GET http://one.test/a?b ${basic}`, `GET http://two.test:8080/ ${basic}`]);
});

test("through a tunnel the origin gets nothing that was meant for the proxy", async () => {
  await using proxy = await httpProxy();
  await using server = await origin();
  const through: ProxyOptions = {
    scheme: "http",
    host: "127.0.0.1",
    port: proxy.port,
    tunnel: true,
    user: "user",
    password: "secret",
    fields: { "User-Agent": "me", "X-For-Proxy": "1" },
  };
  await using client = new HttpClient({ proxy: through });
  const response = await client.request({ url: `http://origin.test:${server.port}/x`, defaultFields: false });
  assert.equal(await response.text(), "GET /x");
  assert.deepEqual(proxy.seen, [`CONNECT origin.test:${server.port} Basic ${btoa("user:secret")}`]);
  assert.deepEqual(server.seen, [`GET /x Host origin.test:${server.port}`]);
});

for (const secure of [false, true]) {
  for (const [scheme, asked] of [
    ["http", `CONNECT localhost:PORT Basic ${btoa("u:p")}`],
    ["https", `CONNECT localhost:PORT Basic ${btoa("u:p")}`],
    ["socks4", "socks4 u 127.0.0.1:PORT"],
    ["socks4a", "socks4 u localhost:PORT"],
    ["socks5", "socks5 u:p address 127.0.0.1:PORT"],
    ["socks5h", "socks5 u:p name localhost:PORT"],
  ] as const) {
    test(`${secure ? "https" : "http"} through a ${scheme} proxy`, async () => {
      await using proxy = scheme.startsWith("socks")
        ? await socksProxy()
        : await httpProxy({ secure: scheme === "https" });
      await using server = await origin({ secure });
      await using client = new HttpClient({
        connect: { tls: trusted, family: 4 },
        proxy: {
          scheme,
          host: scheme === "https" ? "localhost" : "127.0.0.1",
          port: proxy.port,
          user: "u",
          password: "p",
          tunnel: true,
          tls: trusted,
        },
      });
      const url = `http${secure ? "s" : ""}://localhost:${server.port}/`;
      const body = "x".repeat(300_000);
      for (const path of ["first", "second"]) {
        const response = await client.request({ url: url + path, method: "POST", body });
        assert.equal(await response.text(), `POST /${path}`);
        assert.equal(response.connection.reused, path === "second");
      }
      assert.deepEqual(proxy.seen, [asked.replace("PORT", String(server.port))]);
    });
  }
}

test("an https proxy takes http URLs over TLS, never in clear", async () => {
  await using proxy = await httpProxy({ secure: true });
  const options = { scheme: "https", host: "localhost", port: proxy.port } as const;
  await using client = new HttpClient();
  const response = await client.request({ url: "http://one.test/", proxy: { ...options, tls: trusted } });
  assert.equal(await response.text(), "from the proxy");
  await assert.rejects(client.request({ url: "http://one.test/", proxy: options }), { code: "TLS_VERIFY" });
  assert.deepEqual(proxy.seen, ["GET http://one.test/ -"]);
});

test("a chain: SOCKS, then an https proxy, then the https server", async () => {
  await using first = await socksProxy();
  await using second = await httpProxy({ secure: true });
  await using server = await origin({ secure: true });
  const events: ConnectionEvent["kind"][] = [];
  await using client = new HttpClient({
    observe: () => ({ connection: ({ kind }) => void events.push(kind) }),
    connect: { tls: trusted },
    proxy: {
      scheme: "https",
      host: "localhost",
      port: second.port,
      tls: trusted,
      before: `socks5h://127.0.0.1:${first.port}`,
    },
  });
  const response = await client.request({ url: `https://localhost:${server.port}/x` });
  assert.equal(await response.text(), "GET /x");
  assert.equal(response.connection.tls?.authorized, true);
  assert.deepEqual(first.seen, [`socks5 - name localhost:${second.port}`]);
  assert.deepEqual(second.seen, [`CONNECT localhost:${server.port} -`]);
  const [attempt, connected, ...rest] = events;
  assert.deepEqual([attempt, connected], ["attempt", "connected"]);
  // The handshakes are told in the order in which they happen, each inside the encryption.
  const order = "write read write read tls write read tls write read";
  assert.equal(rest.slice(0, 10).join(" "), order);
});

test("connections are shared only between requests with the same proxy and the same credentials", async () => {
  await using proxy = await httpProxy();
  await using server = await origin();
  await using client = new HttpClient();
  const url = `http://127.0.0.1:${server.port}/`;
  const options = { scheme: "http", host: "127.0.0.1", port: proxy.port, tunnel: true } as const;
  const reused = async (way: ProxyOptions | false) => {
    const response = await client.request({ url, proxy: way });
    await response.bytes();
    return response.connection.reused;
  };
  const ways: (ProxyOptions | false)[] = [
    false,
    options,
    { ...options, user: "a" },
    { ...options, user: "b" },
    { ...options, user: "a", password: "p" },
    { ...options, fields: { "X-Who": "me" } },
    { ...options, connectVersion: "1.0" },
  ];
  for (const way of ways) assert.equal(await reused(way), false);
  for (const way of ways) assert.equal(await reused(way === false ? way : { ...way }), true);
});

test("each URL has its proxy: a redirect is asked anew", async () => {
  await using proxy = await httpProxy();
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 302 Found\r\nLocation: http://other.test/\r\nContent-Length: 0\r\n\r\n"),
  );
  await using client = new HttpClient({
    proxy: proxyFromEnvironment({ http_proxy: `http://127.0.0.1:${proxy.port}`, no_proxy: "127.0.0.0/8" }),
  });
  const { response } = await followRedirects({ url: server.url }, (input) => client.request(input));
  assert.equal(await response.text(), "from the proxy");
  assert.deepEqual(proxy.seen, ["GET http://other.test/ -"]);
});

test("an authenticator answers the challenge of a proxy, for requests and for tunnels", async () => {
  await using proxy = await httpProxy({ wanted: "Test me" });
  await using server = await origin();
  for (const tunnel of [false, true]) {
    let challenges = 0;
    await using client = new HttpClient({
      proxy: {
        scheme: "http",
        host: "127.0.0.1",
        port: proxy.port,
        tunnel,
        authenticator: {
          authorization: () => (challenges > 0 ? "Test me" : undefined),
          challenged: ([value]) => value === "Test who" && challenges++ === 0,
        },
      },
    });
    const response = await client.request({
      url: `http://127.0.0.1:${server.port}/`,
      method: "PUT",
      body: "abc",
    });
    assert.equal(response.status, 200);
    await response.bytes();
    assert.equal(challenges, 1);
  }
  const target = `127.0.0.1:${server.port}`;
  assert.deepEqual(proxy.seen, [
    `PUT http://${target}/ -`,
    `PUT http://${target}/ Test me`,
    `CONNECT ${target} -`,
    `CONNECT ${target} Test me`,
  ]);
  assert.equal(server.seen.length, 1);
});

test("bytes behind the answer to CONNECT are refused before TLS", async () => {
  await using proxy = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
  });
  await using client = new HttpClient({ proxy: proxy.url });
  await assert.rejects(client.request({ url: "https://origin.test/" }), (error) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, "TUNNEL_BROKEN");
    assert.match(error.message, /127\.0\.0\.1:\d+, asked for origin\.test:443: 5 bytes came behind/);
    return true;
  });
  await (await proxy.accepted(0)).closed();
});

test("what goes wrong with a proxy says which proxy, and where it should have led; credentials stay out", async () => {
  await using closed = await rawServer(async (peer) => {
    await peer.head();
    peer.end();
  });
  await using refusing = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 403 \x9b31mNo\r\nContent-Length: 0\r\n\r\n");
  });
  await using challenging = await rawServer(async (peer) => {
    await peer.head();
    peer.send("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
  });
  await using silent = await rawServer();
  // The name is looked up behind the greeting, as curl does; and where it is unknown, nothing is asked for.
  await using greeting = await rawServer(async (peer) => {
    assert.equal(await peer.take(4), "\x05\x02\x00\x02");
    peer.send("\x05\x00");
    await peer.ended();
    assert.equal(peer.received, "");
  });
  const unused = await rawServer();
  await unused[Symbol.asyncDispose]();
  await using client = new HttpClient({ connect: { timeoutMs: 200 } });
  const failure = async (proxy: string): Promise<TransportError> => {
    const answer = client.request({ url: "https://origin.test/", proxy });
    const error: unknown = await answer.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TransportError);
    assert.doesNotMatch(`${error.message} ${error.cause}`, /secret|\x9b/);
    return error;
  };
  const at = (port: number, scheme = "http") => `${scheme}://user:secret@127.0.0.1:${port}`;
  const cases: [error: TransportError, code: string, phase: string, words: RegExp][] = [
    [
      await failure(at(closed.port)),
      "TUNNEL_BROKEN",
      "proxy",
      /asked for origin\.test:443: .*without an answer/,
    ],
    [await failure(at(refusing.port)), "TUNNEL_REFUSED", "proxy", /refuses CONNECT: 403/],
    [
      await failure(at(challenging.port)),
      "TUNNEL_REFUSED",
      "proxy",
      /refuses CONNECT: 407 "Who" \(it refuses user or password\)$/,
    ],
    [
      await failure(`http://127.0.0.1:${challenging.port}`),
      "TUNNEL_REFUSED",
      "proxy",
      /refuses CONNECT: 407 "Who" \(it wants a user and a password\)$/,
    ],
    [
      await failure(at(silent.port)),
      "TIMEOUT_CONNECT",
      "proxy",
      /asked for origin\.test:443 took longer than 200 ms/,
    ],
    [await failure(at(silent.port, "https")), "TIMEOUT_TLS", "tls", /TLS with the proxy 127/],
    [await failure(at(greeting.port, "socks5")), "DNS", "resolve", /origin\.test/],
    [await failure(at(silent.port, "socks4")), "DNS", "resolve", /origin\.test/],
    [await failure(at(unused.port)), "CONNECT_REFUSED", "connect", /the proxy 127/],
    [await failure("http://user:secret@nosuch.invalid:1"), "PROXY_DNS", "resolve", /nosuch\.invalid/],
    [await failure("ftp://user:secret@x"), "PROXY_SCHEME", "resolve", /not a proxy/],
    [await failure("http://user:secret@x:99999"), "PROXY_INVALID", "resolve", /port/],
  ];
  for (const [error, code, phase, words] of cases) {
    assert.deepEqual([error.code, error.phase], [code, phase], error.message);
    assert.match(error.message, words);
  }
});

test("the answers to CONNECT are told, and are no part of what tells connections apart", async () => {
  await using proxy = await httpProxy({ granted: "HTTP/1.1 200 Yes\r\nVia:  x\r\n\r\n" });
  await using server = await origin();
  await using client = new HttpClient();
  const told: string[] = [];
  for (let i = 0; i < 2; i++) {
    const response = await client.request({
      url: `http://127.0.0.1:${server.port}/`,
      proxy: { scheme: "http", host: "127.0.0.1", port: proxy.port, tunnel: true },
      connect: { onHopAnswer: ({ status, head }) => told.push(`${status} ${latin1(head)}`) },
    });
    await response.bytes();
  }
  assert.deepEqual(told, ["200 HTTP/1.1 200 Yes\r\nVia:  x\r\n\r\n"]);
});

test("a preamble goes to the server, behind the handshakes; the counts of a connection have all bytes", async () => {
  await using proxy = await httpProxy();
  let head = "";
  await using server = await rawServer(async (peer) => {
    head = await peer.head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  let [bytesIn, bytesOut] = [0, 0];
  let tell: (event: ConnectionEvent) => void;
  const closed = new Promise<ConnectionEvent>((resolve) => {
    tell = resolve;
  });
  await using client = new HttpClient({
    observe: () => ({
      connection: (event) => {
        if (event.kind === "read") bytesIn += event.bytes.length;
        if (event.kind === "write") bytesOut += event.bytes.length;
        if (event.kind === "closed") tell(event);
      },
    }),
  });
  const response = await client.request({
    url: server.url,
    proxy: { scheme: "http", host: "127.0.0.1", port: proxy.port, tunnel: true },
    connect: { preamble: ({ remote }) => latin1Bytes(`PROXY ${"port" in remote ? remote.port : "-"}\r\n`) },
  });
  assert.equal(utf8(await response.bytes()), "ok");
  await client.close();
  server.peers[0]?.end();
  const event = await closed;
  assert.deepEqual(event, { kind: "closed", how: "end", bytesIn, bytesOut });
  assert.match(head, new RegExp(`^PROXY ${proxy.port}\r\nGET / HTTP/1.1\r\n`));
  assert.deepEqual(proxy.seen, [`CONNECT 127.0.0.1:${server.port} -`]);
});

test("a tunnel that is aborted while it is opened leaves no connection", async () => {
  await using proxy = await rawServer();
  await using client = new HttpClient({ proxy: proxy.url });
  const stop = new AbortController();
  const asked = client.request({ url: "https://origin.test/", signal: stop.signal });
  const peer = await proxy.accepted(0);
  await peer.head();
  stop.abort();
  await assert.rejects(asked, { code: "ABORTED" });
  await peer.closed();
});
