import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import { practice } from "../../src/http/server/practice.ts";
import { firstOf } from "../../src/http/server/router.ts";
import { type HttpServer, serve } from "../../src/http/server/server.ts";
import type { ExchangeSummary } from "../../src/http/server/settings.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { requirePeer } from "../support/peers.ts";

const root = mkdtempSync(join(tmpdir(), "wirepane-serve-"));
const big = Buffer.alloc(20_000_000, "abcdefghij\n");
writeFileSync(join(root, "big.bin"), big);
writeFileSync(join(root, "note.txt"), "a note\n");

let server: HttpServer;
let exchanges: ExchangeSummary[] = [];
before(async () => {
  server = await serve({
    handler: firstOf(staticFiles(root, { listing: true }), practice()),
    maxRequestsPerConnection: 100_000,
    onExchange: (summary) => exchanges.push(summary),
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[], input: string | Buffer = ""): Promise<Ran> {
  exchanges = [];
  const child = spawn(program, args, { stdio: "pipe", timeout: 120_000 });
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, stdout: Buffer.concat(stdout), stderr };
}

const curl = (...args: string[]): Promise<Ran> =>
  run(requirePeer("curl"), ["-sS", "--max-time", "60", ...args]);
const url = (path: string): string => new URL(path, server.url).href;

test("curl gets a resource, its head, and a redirect's end", async () => {
  assert.equal((await curl(url("/hello"))).stdout.toString(), "Hello, world!");
  assert.match(
    (await curl("-I", url("/hello"))).stdout.toString(),
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 13\r\n/,
  );
  const followed = await curl("-L", "-w", "%{num_redirects}", "-o", "/dev/null", url("/redirect/3"));
  assert.equal(followed.stdout.toString(), "3");
});

test("curl posts a form, JSON, chunked content and large content with 100-continue", async () => {
  const form = JSON.parse((await curl("-d", "a=1", url("/post"))).stdout.toString());
  assert.deepEqual(form.form, { a: "1" });
  const sent = await curl("--json", '{"a":1}', url("/post"));
  assert.deepEqual(JSON.parse(sent.stdout.toString()).json, { a: 1 });
  const chunked = await curl("-H", "Transfer-Encoding: chunked", "-d", "streamed", url("/echo"));
  assert.equal(chunked.stdout.toString(), "streamed");

  writeFileSync(join(root, "upload.bin"), big.subarray(0, 5_000_000));
  const upload = await curl(
    "-v",
    "-H",
    "Expect: 100-continue",
    "--data-binary",
    `@${join(root, "upload.bin")}`,
    url("/echo"),
  );
  assert.match(upload.stderr, /< HTTP\/1\.1 100 Continue/);
  assert.ok(upload.stdout.equals(big.subarray(0, 5_000_000)));
});

test("curl learns while it is sending that its content is too large, and gets the answer", async () => {
  const answer = await curl(
    "-w",
    "%{http_code}",
    "-H",
    "Expect:",
    "--data-binary",
    `@${join(root, "big.bin")}`,
    url("/echo"),
  );
  assert.match(answer.stdout.toString(), /413$/);
});

test("curl decodes gzip and reads chunks", async () => {
  assert.equal(JSON.parse((await curl("--compressed", url("/gzip"))).stdout.toString()).gzipped, true);
  assert.equal((await curl(url("/stream/5"))).stdout.toString().trimEnd().split("\n").length, 5);
});

test("curl keeps the connection over many requests", async () => {
  const { stdout } = await curl(
    "-w",
    "%{num_connects} ",
    ...Array(5)
      .fill(url("/hello"))
      .flatMap((u) => ["-o", "/dev/null", u]),
  );
  assert.equal(stdout.toString(), "1 0 0 0 0 ");
});

test("curl downloads a big file, a range of it, and only what changed", async () => {
  assert.ok((await curl(url("/big.bin"))).stdout.equals(big));
  assert.ok((await curl("-r", "1000-1999", url("/big.bin"))).stdout.equals(big.subarray(1000, 2000)));
  const etag = join(root, "etag");
  await curl("--etag-save", etag, "-o", "/dev/null", url("/note.txt"));
  const again = await curl("--etag-compare", etag, "-w", "%{http_code}", url("/note.txt"));
  assert.equal(again.stdout.toString(), "304");
});

test("curl's --http1.0 and a broken request get their answers", async () => {
  assert.match(
    (await curl("-0", "-i", url("/stream/2"))).stdout.toString(),
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close/,
  );
  const broken = await curl(
    "-i",
    "-H",
    "Content-Length: 5",
    "-H",
    "Transfer-Encoding: chunked",
    "-d",
    "x",
    url("/post"),
  );
  assert.match(broken.stdout.toString(), /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*LENGTH_AND_CODING/);
  const paths = await curl(
    "--path-as-is",
    "-w",
    "%{http_code}",
    url("/").replace(/\/$/, "/../../etc/passwd"),
  );
  assert.match(paths.stdout.toString(), /400$/);
});

test("curl speaks TLS to it, and checks the certificate", async () => {
  await using secure = await serve({ handler: practice(), tls: CERTIFICATE });
  const ca = join(root, "ca.pem");
  writeFileSync(ca, CERTIFICATE.cert);
  const { stdout, stderr } = await curl("--cacert", ca, `${secure.url}get`);
  assert.equal(JSON.parse(stdout.toString()).url, `${secure.url}get`, stderr);
  const doubting = await curl(`${secure.url}get`);
  assert.equal(doubting.code, 60);
});

test("wget mirrors a listing and resumes a download", async () => {
  const wget = requirePeer("wget");
  const target = mkdtempSync(join(tmpdir(), "wirepane-wget-"));
  try {
    const mirrored = await run(wget, ["-q", "-r", "-nH", "-l", "1", "-P", target, url("/")]);
    assert.equal(mirrored.code, 0, mirrored.stderr);
    writeFileSync(join(target, "big.bin"), big.subarray(0, 12_345));
    const resumed = await run(wget, ["-q", "-c", "-O", join(target, "big.bin"), url("/big.bin?resumed")]);
    assert.equal(resumed.code, 0, resumed.stderr);
    // wget has the last byte before our server hears that it was taken. So had the wget before.
    const ofResumed = () => exchanges.find(({ request }) => request.target === "/big.bin?resumed");
    while (ofResumed() === undefined) await new Promise(setImmediate);
    assert.equal(ofResumed()?.status, 206);
  } finally {
    rmSync(target, { recursive: true });
  }
});

test("ab keeps its HTTP/1.0 connections", async () => {
  const { stdout, stderr, code } = await run(requirePeer("ab"), [
    "-k",
    "-n",
    "2000",
    "-c",
    "20",
    "-q",
    url("/hello"),
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout.toString(), /Complete requests: +2000\n/);
  assert.match(stdout.toString(), /Failed requests: +0\n/);
  assert.match(stdout.toString(), /Keep-Alive requests: +2000\n/);
});

test("ab without keep-alive loses nothing either", async () => {
  const { stdout } = await run(requirePeer("ab"), ["-n", "1000", "-c", "20", "-q", url("/hello")]);
  assert.match(stdout.toString(), /Complete requests: +1000\n/);
  assert.match(stdout.toString(), /Failed requests: +0\n/);
});

test("wrk sees no error on 50 connections", async () => {
  const { stdout, code } = await run(requirePeer("wrk"), ["-t1", "-c50", "-d1s", url("/hello")]);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout.toString(), /Socket errors|Non-2xx/);
  assert.match(stdout.toString(), /\d+ requests in /);
});

test("Python's http.client posts and gets over one connection", async () => {
  const script = `
import http.client, json, sys
c = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=10)
c.request("GET", "/hello"); r = c.getresponse(); assert (r.status, r.read()) == (200, b"Hello, world!")
c.request("POST", "/echo", body=b"x" * 3000000); r = c.getresponse(); assert len(r.read()) == 3000000
c.request("POST", "/post", body=iter([b"a", b"b"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
r = c.getresponse(); assert json.loads(r.read())["data"] == "ab"
c.request("HEAD", "/big.bin"); r = c.getresponse(); assert r.read() == b"" and r.getheader("Content-Length") == "20000000"
c.request("GET", "/stream/3"); r = c.getresponse(); assert len(r.read().splitlines()) == 3
c.request("GET", "/status/204"); r = c.getresponse(); assert r.status == 204 and r.read() == b""
print("ok")
`;
  assert.equal(server.address.family, "IPv4");
  const { host, port } = server.address as { host: string; port: number };
  const { stdout, stderr } = await run(requirePeer("python3"), ["-c", script, host, String(port)]);
  assert.equal(stdout.toString(), "ok\n", stderr);
  const own = exchanges.filter(({ request }) => request.fields.get("accept-encoding") === "identity");
  assert.equal(own.length, 6);
  assert.equal(new Set(own.map(({ connectionId }) => connectionId)).size, 1);
});

// Raw sockets, for what no proper client does.

function raw(): net.Socket {
  const { port } = server.address as { port: number };
  return net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
}

async function everything(socket: net.Socket): Promise<string> {
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  await once(socket, "end");
  socket.destroy();
  return received;
}

test("a client that half-closes after its request gets the whole answer", async () => {
  const socket = raw();
  socket.end("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  const received = await everything(socket);
  assert.equal(received.length - received.indexOf("\r\n\r\n") - 4, big.length);
});

test("the answer to a broken request is not lost, though the client goes on sending", async () => {
  for (let round = 0; round < 20; round++) {
    const socket = raw();
    socket.on("error", () => {}); // a reset may follow, but the answer must be here before
    socket.write("BROKEN\r\n\r\n");
    socket.write(Buffer.alloc(50_000, "x"));
    assert.match(await everything(socket), /^HTTP\/1\.1 400 /);
  }
});

test("a stream stops while its client does not read, and goes on when it reads", async () => {
  const pieces = 2000;
  let produced = 0;
  let stalled = (): void => {};
  const stall = new Promise<void>((resolve) => {
    stalled = resolve;
  });
  async function* body(): AsyncGenerator<Uint8Array> {
    for (; produced < pieces; produced++) {
      const timer = setTimeout(stalled, 500); // the stream was not asked for more
      yield new Uint8Array(65_536);
      clearTimeout(timer);
    }
  }
  await using streaming = await serve({ handler: () => ({ body: body() }) });
  const { port } = streaming.address as { port: number };
  const socket = net.connect(port, "127.0.0.1");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await stall;
  assert.ok(produced * 65_536 < 32 * 1024 * 1024, `${produced} pieces for a client that takes none`);
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.resume();
  await once(socket, "end");
  assert.ok(bytes > pieces * 65_536);
});

test("a server that stops finishes requests in process, ends idle connections, and refuses new ones", async () => {
  let release = (): void => {};
  let asked = (): void => {};
  const inProcess = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const stopping = await serve({
    handler: async () => {
      asked();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { body: "finished" };
    },
  });
  const { port } = stopping.address as { port: number };
  const busy = net.connect(port, "127.0.0.1");
  const idle = net.connect(port, "127.0.0.1");
  await Promise.all([once(busy, "connect"), once(idle, "connect")]);
  busy.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await inProcess;
  while (stopping.listener.open < 2) await new Promise(setImmediate);
  const stopped = stopping.stop({ drainMs: 5000 });
  assert.equal(await everything(idle), "");
  release();
  assert.match(await everything(busy), /Connection: close\r\n[\s\S]*finished$/);
  assert.deepEqual(await stopped, { drained: true, aborted: 0 });
  const late = net.connect(port, "127.0.0.1");
  const [error] = await once(late, "error");
  assert.equal(error.code, "ECONNREFUSED");
});
