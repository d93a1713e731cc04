import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { createProxy, type ProxyOptions, type ProxyServer } from "../../src/proxy.ts";
import { requirePeer } from "../support/peers.ts";

// curl and Node's HTTP are on both sides. What the server saw is its answer.

const curl = requirePeer("curl");
const run = promisify(execFile);

interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly seen: http.IncomingMessage[];
  closeIdle(): void;
}

async function origin(answer: http.RequestListener = echoed): Promise<Origin> {
  const seen: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  server.on("upgrade", (request, socket) => {
    seen.push(request);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n");
    socket.on("data", (bytes: Buffer) => socket.write(String(bytes).toUpperCase()));
    socket.on("end", () => socket.end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    seen,
    closeIdle: () => server.closeIdleConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function echoed(request: http.IncomingMessage, response: http.ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`));
}

const forwarding = (options: Partial<ProxyOptions> = {}): Promise<ProxyServer> =>
  createProxy({ forward: true, ...options });

const portOf = ({ address }: ProxyServer): number => (address.family === "unix" ? 0 : address.port);
const urlOf = (proxy: ProxyServer): string => `http://127.0.0.1:${portOf(proxy)}`;

async function ask(proxy: ProxyServer, ...words: string[]): Promise<string> {
  const { stdout } = await run(curl, ["-sS", "-x", urlOf(proxy), "--noproxy", "", ...words]);
  return stdout;
}

/** Sends these bytes, and gives all that comes back until the end. */
async function raw(proxy: ProxyServer, bytes: string): Promise<string> {
  const socket = net.connect({ port: portOf(proxy), host: "127.0.0.1" });
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

test("an http URL in absolute-form reaches its server in origin-form", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  assert.equal(await ask(proxy, `http://127.0.0.1:${server.port}/a?b=c`), "GET /a?b=c ");
  const [{ headers } = {}] = server.seen;
  assert.equal(headers?.host, `127.0.0.1:${server.port}`);
  assert.equal(headers?.via, "1.1 wirepane");
});

test("what is meant for the proxy does not reach the server", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  const url = `http://127.0.0.1:${server.port}/`;
  await ask(
    proxy,
    "--proxy-user",
    "me:secret",
    "-H",
    "Connection: X-Hop",
    "-H",
    "X-Hop: 1",
    "-H",
    "X-Kept: 2",
    url,
  );
  const names = Object.keys(server.seen[0]?.headers ?? {});
  for (const gone of ["proxy-authorization", "proxy-connection", "x-hop"])
    assert.ok(!names.includes(gone), gone);
  assert.ok(names.includes("x-kept"));
});

test("content passes both ways: with a length, chunked, and of some size", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  const url = `http://127.0.0.1:${server.port}/`;
  const long = "x".repeat(100_000);
  assert.equal(await ask(proxy, "-d", "a=1", url), "POST / a=1");
  assert.equal(await ask(proxy, "-H", "Transfer-Encoding: chunked", "-d", long, url), `POST / ${long}`);
  assert.equal(await ask(proxy, "-I", "-o", "/dev/null", "-w", "%{http_code}", url), "200");
});

test("one client, two servers: each request reaches its own", async () => {
  await using first = await origin((_, response) => response.end("first"));
  await using second = await origin((_, response) => response.end("second"));
  await using proxy = await forwarding();
  const urls = [first, second, first].map(({ port }) => `http://127.0.0.1:${port}/`);
  assert.equal(await ask(proxy, ...urls), "firstsecondfirst");
  assert.equal(proxy.listener.accepted, 1);
});

test("a server that ends an idle connection ends the client's, too: the client asks anew", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  const agent = new http.Agent({ keepAlive: true });
  const get = async (): Promise<string> => {
    const request = http.get({
      agent,
      port: portOf(proxy),
      path: `http://127.0.0.1:${server.port}/`,
      host: "127.0.0.1",
    });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    let content = "";
    for await (const chunk of response) content += chunk;
    return content;
  };
  assert.equal(await get(), "GET / ");
  const [socket] = Object.values(agent.freeSockets).flat() as [net.Socket];
  server.closeIdle();
  await once(socket, "close");
  assert.equal(await get(), "GET / ");
  assert.equal(proxy.listener.accepted, 2);
});

test("CONNECT opens a tunnel, and its bytes pass as they are", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  assert.equal(await ask(proxy, "-p", `http://127.0.0.1:${server.port}/in`), "GET /in ");
  assert.equal(server.seen[0]?.headers.via, undefined);
});

test("both sides may switch to another protocol", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  const host = `127.0.0.1:${server.port}`;
  const socket = net.connect({ port: portOf(proxy), host: "127.0.0.1" });
  socket.write(
    `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n`,
  );
  let answer = "";
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.endsWith("\r\n\r\n")) socket.end("hello");
  }
  assert.match(answer, /^HTTP\/1\.1 101 [\s\S]*\r\n\r\nHELLO$/);
});

test("interim responses pass, and reach no client of HTTP/1.0", async () => {
  await using server = await origin((_, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("late");
  });
  await using proxy = await forwarding();
  const host = `127.0.0.1:${server.port}`;
  const ofVersion = (version: string) =>
    raw(proxy, `GET http://${host}/ HTTP/${version}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  assert.match(await ofVersion("1.1"), /^HTTP\/1\.1 103 [\s\S]*\r\n\r\nHTTP\/1\.1 200 /);
  assert.match(await ofVersion("1.0"), /^HTTP\/1\.1 200 /);
});

test("a chunked response reaches a client of HTTP/1.0 without chunks", async () => {
  await using server = await origin((_, response) => {
    response.write("one ");
    response.end("two");
  });
  await using proxy = await forwarding();
  const answer = await raw(proxy, `GET http://127.0.0.1:${server.port}/ HTTP/1.0\r\n\r\n`);
  assert.match(answer, /\r\n\r\none two$/);
  assert.doesNotMatch(answer, /transfer-encoding/i);
});

test("a server that is not there is 502, one that breaks off is no complete response", async () => {
  await using proxy = await forwarding();
  const broken = net.createServer((socket) => {
    socket
      .on("error", () => {})
      .once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  });
  await once(broken.listen(0, "127.0.0.1"), "listening");
  const { port } = broken.address() as net.AddressInfo;
  await assert.rejects(ask(proxy, `http://127.0.0.1:${port}/`), { code: 56 });
  broken.close();
  await once(broken, "close");
  assert.match(await ask(proxy, "-i", `http://127.0.0.1:${port}/`), /^HTTP\/1\.1 502 [\s\S]*refused/);
});

const REFUSED: readonly (readonly [what: string, request: string, status: number])[] = [
  ["a path", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["an https URL without a tunnel", "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 501],
  ["no HTTP", "hello\r\n\r\n", 400],
  [
    "two lengths",
    "POST http://127.0.0.1:9/ HTTP/1.1\r\nHost: 127.0.0.1:9\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    400,
  ],
  [
    "a length beside a coding",
    "POST http://127.0.0.1:9/ HTTP/1.1\r\nHost: 127.0.0.1:9\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    400,
  ],
];

for (const [what, request, status] of REFUSED) {
  test(`${what} is answered with ${status}`, async () => {
    await using proxy = await forwarding();
    assert.match(await raw(proxy, request), new RegExp(`^HTTP/1.1 ${status} `));
  });
}

test("a fault in a later request, or within its content, is the client's fault: 400", async () => {
  await using server = await origin();
  await using proxy = await forwarding();
  const host = `127.0.0.1:${server.port}`;
  const good = `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const bad = `POST http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`;
  assert.match(await raw(proxy, `${good}GET /\r\n\r\n`), /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 400 /);
  assert.match(await raw(proxy, bad), /^HTTP\/1\.1 400 /);
});

test("--only: no other server is reached, by URL or by tunnel", async () => {
  await using server = await origin();
  await using proxy = await forwarding({ forward: { only: [`127.0.0.1:${server.port}`] } });
  assert.equal(await ask(proxy, `http://127.0.0.1:${server.port}/`), "GET / ");
  assert.match(await ask(proxy, "-i", "http://127.0.0.1:9/"), /^HTTP\/1\.1 403 /);
  await assert.rejects(ask(proxy, "-p", "http://127.0.0.1:9/"), { code: 56 });
  assert.equal(server.seen.length, 1);
});

test("a forward proxy beyond this machine wants a list of its clients", async () => {
  await assert.rejects(forwarding({ host: "0.0.0.0" }), { code: "PERMISSION" });
  await using proxy = await forwarding({ host: "0.0.0.0", allow: ["192.0.2.0/24"] });
  // The reset may come while curl still looks whether it is connected: 7 then.
  await assert.rejects(ask(proxy, "http://127.0.0.1:9/"), (error: { code?: number }) =>
    [7, 56].includes(error.code ?? 0),
  );
});

test("Host names the server where it is asked for", async () => {
  await using server = await origin((request, response) => response.end(request.headers.host));
  await using proxy = await createProxy({ upstream: `http://localhost:${server.port}`, rewriteHost: true });
  const { stdout } = await run(curl, ["-sS", urlOf(proxy)]);
  assert.equal(stdout, `localhost:${server.port}`);
});

test("where Host names the server, a foreign page whose name leads to loopback gets nothing", async () => {
  await using server = await origin((_, response) => response.end("secret"));
  const upstream = `http://localhost:${server.port}`;
  await using proxy = await createProxy({ upstream, rewriteHost: true, loopbackHosts: ["my.test"] });
  const answer = async (...words: string[]) => {
    const { stdout } = await run(curl, ["-sS", "-w", " %{http_code}", urlOf(proxy), ...words]);
    return stdout;
  };
  for (const name of ["localhost", "app.localhost:9", "127.0.0.1", "my.test", "MY.test.:80"])
    assert.equal(await answer("-H", `Host: ${name}`), "secret 200", name);
  for (const name of ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test"]) {
    assert.match(await answer("-H", `Host: ${name}`), /does not answer to this name .* 421$/s, name);
    const wholeUrl = ["--request-target", `http://${name}/`, "-H", `Host: ${name}`];
    assert.match(await answer(...wholeUrl), / 421$/, name);
  }
});

test("Connection cannot take the framing of a message away: the content stays content", async () => {
  await using server = await origin();
  const upstream = `http://127.0.0.1:${server.port}`;
  await using proxy = await createProxy({ upstream, rewriteHost: true });
  const sent = ["-H", "Connection: Content-Length, Transfer-Encoding, Host", "-d", "GET /other HTTP/1.1"];
  const { stdout } = await run(curl, ["-sS", ...sent, urlOf(proxy)]);
  assert.equal(stdout, "POST / GET /other HTTP/1.1");
  assert.equal(server.seen.length, 1);
});

test("a content that ends with the connection is said to be the last one of the connection", async () => {
  const server = net.createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nall")).on("error", () => {});
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  await using proxy = await createProxy({ upstream: `http://127.0.0.1:${port}`, rewriteHost: true });
  const { stdout } = await run(curl, ["-sSi", urlOf(proxy)]);
  server.close();
  assert.match(stdout, /\r\n\r\nall$/);
  assert.match(stdout, /\r\nConnection: close\r\n/);
});
