import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type HttpServer, practice, serve } from "../../src/http.ts";
import { listen } from "../../src/tcp.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { type RunningCli, runCli, startCli } from "../support/cli.ts";
import { requirePeer } from "../support/peers.ts";

const run = promisify(execFile);
const curl = requirePeer("curl");
const folder = mkdtempSync(join(tmpdir(), "wp-proxy-"));
let server: HttpServer;

before(async () => {
  server = await serve({ handler: practice(), port: 0 });
});
after(async () => {
  await server.stop({ drainMs: 0 });
  rmSync(folder, { recursive: true });
});

const upstream = (): string => new URL(server.url).host;

/** Starts `wirepane proxy 0 …`, and reads its port from the banner. */
async function startProxy(...args: string[]): Promise<RunningCli & { port: string }> {
  const cli = startCli(["proxy", "0", ...args]);
  const [, port = ""] = await cli.waitFor(/proxy on 127\.0\.0\.1:(\d+) leads to /);
  return { ...cli, port };
}

test("the timeline shows both hops, and what HTTP says on them", async () => {
  await using proxy = await startProxy(upstream());
  const { stdout } = await run(curl, ["-sS", `http://127.0.0.1:${proxy.port}/hello`]);
  assert.equal(stdout, "Hello, world!");
  const { code, stderr } = await proxy.stop("SIGINT");
  assert.equal(code, 0);
  assert.equal(stderr.match(/ read .* GET \/hello HTTP\/1\.1/g)?.length, 1);
  assert.equal(stderr.match(/ write .* GET \/hello HTTP\/1\.1/g)?.length, 1);
  assert.equal(stderr.match(/ (?:read|write) .* HTTP\/1\.1 200 OK/g)?.length, 2);
  assert.match(stderr, /stopped: 1 connection, \d+ bytes from clients, \d+ to them\n/);
});

test("-s shows nothing but where it is", async () => {
  await using proxy = await startProxy("-s", upstream());
  await run(curl, ["-sS", `http://127.0.0.1:${proxy.port}/hello`]);
  const { stderr } = await proxy.stop("SIGINT");
  // The signal may come before curl's FIN was seen. Then a line says that one connection may still end.
  const lines = stderr.trimEnd().split("\n");
  assert.deepEqual(
    lines.filter((line) => !/(?:proxy on|stopping: 1 connection|stopped: 1 connection)/.test(line)),
    [],
  );
  assert.equal(lines[0]?.includes("proxy on"), true);
  assert.equal(lines.at(-1)?.includes("stopped: 1 connection"), true);
});

test("a program behind -- finds the forward proxy, is shown, and decides the exit code", async () => {
  const record = join(folder, "forward.ndjson");
  const program = ["--", curl, "-sS", "-f", `${server.url}status/404`];
  const { code, stdout } = await runCli(["proxy", "0", "--forward", "--record", record, ...program]);
  assert.deepEqual([code, String(stdout)], [22, ""]);
  const shown = await runCli(["trace", "grep", "status:404", record]);
  assert.equal(shown.code, 0);
});

test("a tunnel is shown as TLS, with the name of the server", async () => {
  const { cert, key } = CERTIFICATE;
  await using secure = await serve({ handler: practice(), port: 0, tls: { cert, key } });
  const { port } = new URL(secure.url);
  const url = `https://localhost:${port}/hello`;
  const { code, stdout, stderr } = await runCli(["proxy", "0", "--forward", "--", curl, "-sSk", url]);
  assert.deepEqual([code, String(stdout)], [0, "Hello, world!"]);
  assert.match(stderr, /CONNECT localhost:\d+ /);
  assert.match(stderr, /TLS ClientHello for localhost, offers .*http\/1\.1/);
  assert.doesNotMatch(stderr, /GET \/hello/);
});

test("TLS in by a certificate made for now: its names hold, and openssl reads it", async () => {
  await using proxy = await startProxy("--tls", upstream());
  const address = `127.0.0.1:${proxy.port}`;
  const shown = execFileSync("openssl", ["s_client", "-connect", address, "-showcerts"], {
    input: "",
    stdio: "pipe",
  });
  const [pem = ""] = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(String(shown)) ?? [];
  const file = join(folder, "own.pem");
  writeFileSync(file, `${pem}\n`);
  assert.match(String(execFileSync("openssl", ["verify", "-CAfile", file, file])), /OK/);
  for (const host of ["localhost", "127.0.0.1"]) {
    const { stdout } = await run(curl, ["-sS", "--cacert", file, `https://${host}:${proxy.port}/hello`]);
    assert.equal(stdout, "Hello, world!");
  }
});

for (const version of ["1", "2"] as const) {
  test(`a PROXY header of version ${version} tells the server the client's address`, async () => {
    const seen: string[] = [];
    await using behind = await listen({
      proxyHeader: { from: ["127.0.0.1"] },
      handler: async (connection) => {
        seen.push(JSON.stringify([connection.remote, connection.local]));
      },
    });
    const { address } = behind;
    if (address.family === "unix") throw new Error("a TCP port was expected");
    await using proxy = await startProxy("--proxy-protocol", version, `127.0.0.1:${address.port}`);
    const args = [
      "-sS",
      "--local-port",
      "20000-30000",
      "-w",
      "%{local_port}",
      `http://127.0.0.1:${proxy.port}/`,
    ];
    const { stdout } = await run(curl, args).catch((error: { stdout: string }) => error);
    assert.deepEqual(seen, [
      JSON.stringify([
        { family: "IPv4", host: "127.0.0.1", port: Number(stdout) },
        { family: "IPv4", host: "127.0.0.1", port: Number(proxy.port) },
      ]),
    ]);
  });
}

test("a PROXY header of a client of ours is taken off", async () => {
  await using proxy = await startProxy("--proxy-from", "127.0.0.0/8", upstream());
  const { stdout } = await run(curl, ["-sS", "--haproxy-protocol", `http://127.0.0.1:${proxy.port}/hello`]);
  assert.equal(stdout, "Hello, world!");
});

test("the recording of a proxy reads back", async () => {
  const record = join(folder, "plain.har");
  await using proxy = await startProxy("--record", record, upstream());
  await run(curl, ["-sS", `http://127.0.0.1:${proxy.port}/hello`]);
  await proxy.stop("SIGINT");
  const { log } = JSON.parse(readFileSync(record, "utf8"));
  assert.ok(log.entries.length > 0);
  for (const { response } of log.entries) assert.equal(response.content.text, "Hello, world!");
});

const WRONG: readonly (readonly [what: string, words: readonly string[], says: RegExp])[] = [
  ["no port", [], /proxy wants a port to listen on/],
  ["no server", ["0"], /wants the server behind it/],
  ["a port that is none", ["x", "127.0.0.1:80"], /the port is a whole number from 0 to 65535, not "x"/],
  ["a server that is none", ["0", "nowhere"], /a server is HOST:PORT, .*; this is "nowhere"/],
  ["a server beside --forward", ["0", "127.0.0.1:80", "--forward"], /the clients name the server/],
  ["--only without --forward", ["0", "127.0.0.1:80", "--only", "a"], /--only names the servers of --forward/],
  ["a certificate without its key", ["0", "127.0.0.1:80", "--cert", "x"], /each wants the other/],
  ["an open forward proxy", ["0.0.0.0:0", "--forward"], /would serve everybody: name its clients/],
];

for (const [what, words, says] of WRONG) {
  test(`${what}: one line, and an exit code`, async () => {
    const { code, stderr } = await runCli(["proxy", ...words]);
    assert.notEqual(code, 0);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}

test("a program that is not there: 127, as in a shell", async () => {
  const { code, stderr } = await runCli(["proxy", "0", upstream(), "--", "no-such-program-of-anybody"]);
  assert.equal(code, 127);
  assert.match(stderr, /cannot run no-such-program-of-anybody: there is no such program/);
});

test("--rewrite-host answers loopback names and those of --allow-host, since the server cannot look", async () => {
  await using proxy = await startProxy("-s", server.url, "--rewrite-host", "--allow-host", "my.test");
  const status = async (name: string) => {
    const url = `http://127.0.0.1:${proxy.port}/hello`;
    const words = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", `Host: ${name}`, url];
    return (await run(curl, words)).stdout;
  };
  for (const [name, expected] of [
    ["127.0.0.1", "200"],
    ["my.test", "200"],
    ["evil.test", "421"],
  ] as const)
    assert.equal(await status(name), expected, name);
});
