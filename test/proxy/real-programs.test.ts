import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../../tools/free-port.js";
import { openBrowser } from "../support/browser.ts";
import { startDaemon, stopDaemon } from "../support/daemon.ts";
import { requirePeer } from "../support/peers.ts";
import { findPostgres, startPostgres } from "../support/postgres.ts";
import { type RecordedProxy, recordedProxy } from "../support/recorded-proxy.ts";
import { gitOverHttp, nginxWith } from "../support/web-servers.ts";
import { appOf } from "./apps.ts";

// Programs that are not ours, on both sides of the command: each does through us what it does without us, and the recording
// shows what it did.

const folder = mkdtempSync(join(tmpdir(), "wirepane-programs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const files = join(folder, "files");
mkdirSync(files);
const PAGE = `<!doctype html><meta charset="utf-8"><title>a page</title><link rel="stylesheet" href="style.css">
<p id="text">Grüße</p><img src="picture.svg" alt="">`;
writeFileSync(join(files, "page.html"), PAGE);
writeFileSync(join(files, "style.css"), `p { color: rgb(1, 2, 3) } /* ${"x".repeat(2000)} */`);
writeFileSync(
  join(files, "picture.svg"),
  '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><rect width="7" height="7"/></svg>',
);
const LARGE = Buffer.alloc(3_000_000, "0123456789abcdef\n");
writeFileSync(join(files, "large.bin"), LARGE);

const run = promisify(execFile);
const environment = (proxy?: RecordedProxy): NodeJS.ProcessEnv => {
  const { http_proxy: _, https_proxy: __, no_proxy: ___, ...rest } = process.env;
  return proxy === undefined
    ? rest
    : { ...rest, http_proxy: proxy.url, https_proxy: proxy.url, no_proxy: "", NO_PROXY: "" };
};

/** Runs a program, through the forward proxy if there is one. */
async function output(program: string, args: readonly string[], proxy?: RecordedProxy): Promise<Buffer> {
  const options = { env: environment(proxy), encoding: "buffer", maxBuffer: 2 ** 28, cwd: folder } as const;
  return (await run(program, args, options)).stdout;
}

/** The recording has an exchange or a connection like this. */
async function shows(proxy: RecordedProxy, filter: string): Promise<void> {
  assert.notDeepEqual(
    await proxy.grep(filter),
    [],
    `nothing is ${filter} in:\n${(await proxy.grep("")).join("\n")}`,
  );
}

test("curl and nginx: plain, compressed, a part, a redirect, and over TLS through a tunnel", async () => {
  await using nginx = await nginxWith(files);
  await using proxy = await recordedProxy(folder, "curl", "--forward");
  const curl = requirePeer("curl");
  const secure = `https://127.0.0.1:${nginx.tlsPort}/`;
  for (const args of [
    [`${nginx.url}page.html`],
    ["--compressed", `${nginx.url}style.css`],
    ["-r", "17-1000016", `${nginx.url}large.bin`],
    ["-L", `${nginx.url}moved`],
    ["-I", "-o", "/dev/null", "-w", "%{http_code}", `${nginx.url}page.html`],
    ["-w", "%{http_code}", `${nginx.url}missing`],
    ["-k", `${secure}large.bin`],
  ]) {
    const direct = await output(curl, ["-sS", ...args]);
    assert.ok(direct.equals(await output(curl, ["-sS", ...args], proxy)), args.join(" "));
  }
  await proxy.stop();
  const host = `host:127.0.0.1:${nginx.port}`;
  await shows(proxy, `${host} path:/page.html status:200 "Grüße"`);
  await shows(proxy, "field:content-encoding=gzip path:/style.css");
  await shows(proxy, "status:206 bytes>1000000 path:/large.bin");
  await shows(proxy, "status:302");
  await shows(proxy, "method:HEAD");
  await shows(proxy, "status:404 path:/missing");
  await shows(proxy, `method:CONNECT status:200 path:127.0.0.1:${nginx.tlsPort}`);
});

test("Chromium: a page with its style and its picture, and the same over TLS", async () => {
  await using nginx = await nginxWith(files);
  await using proxy = await recordedProxy(folder, "chromium", "--forward");
  const browser = await openBrowser([
    `--proxy-server=${proxy.url}`,
    "--proxy-bypass-list=<-loopback>",
    "--ignore-certificate-errors",
  ]);
  try {
    const page = await browser.newPage();
    for (const url of [`${nginx.url}page.html`, `https://127.0.0.1:${nginx.tlsPort}/page.html`]) {
      await page.goto(url);
      assert.equal(await page.title(), "a page");
      assert.equal(await page.locator("#text").innerText(), "Grüße");
      const colour = await page.evaluate("getComputedStyle(document.querySelector('p')).color");
      assert.equal(colour, "rgb(1, 2, 3)");
      assert.equal(await page.evaluate("document.querySelector('img').naturalWidth"), 7);
    }
  } finally {
    await browser.close();
  }
  await proxy.stop();
  for (const path of ["/page.html", "/style.css", "/picture.svg"])
    await shows(proxy, `path:${path} status:200 field:user-agent=Chrom`);
  await shows(proxy, `method:CONNECT path:127.0.0.1:${nginx.tlsPort} status:200`);
});

for (const name of ["fastify", "express"] as const) {
  test(`an app of ${name}: JSON, a stream, an upload, an error`, async () => {
    await using app = await appOf(name);
    await using proxy = await recordedProxy(folder, name, `127.0.0.1:${app.port}`);
    const ask = async (base: string) => {
      const answers: unknown[] = [];
      for (const [path, init] of [
        ["/json?a=1", {}],
        ["/stream", {}],
        ["/upload", { method: "POST", body: LARGE, headers: { "Content-Type": "application/octet-stream" } }],
        ["/broken", {}],
        ["/missing", {}],
      ] as const) {
        const response = await fetch(new URL(path, base), init);
        answers.push([response.status, response.headers.get("content-type"), await response.text()]);
      }
      return answers;
    };
    const direct = await ask(app.url);
    assert.deepEqual(await ask(proxy.url), direct);
    await proxy.stop();
    await shows(proxy, 'path:/json status:200 "\\"a\\""');
    await shows(proxy, "path:/stream field:transfer-encoding=chunked bytes>1000");
    await shows(proxy, "method:POST path:/upload status:200 bytes>3000000");
    await shows(proxy, "status:500 path:/broken");
    await shows(proxy, "status:404 path:/missing");
  });
}

test("git clones from its own HTTP backend, and pushes to it, through --forward", async () => {
  const git = requirePeer("git");
  const repositories = join(folder, "repositories");
  const bare = join(repositories, "project.git");
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  await output(git, ["init", "-q", "--bare", "-b", "main", bare]);
  await output(git, ["-C", bare, "config", "http.receivepack", "true"]);
  await using server = await gitOverHttp(repositories);
  await using proxy = await recordedProxy(folder, "git", "--forward");
  const url = `${server.url}git/project.git`;
  await output(git, ["clone", "-q", url, "first"], proxy);
  writeFileSync(join(folder, "first", "large.bin"), LARGE);
  await output(git, ["-C", "first", "add", "."]);
  await output(git, ["-C", "first", ...identity, "commit", "-q", "-m", "a large file"]);
  await output(git, ["-C", "first", "push", "-q", "origin", "HEAD:main"], proxy);
  await output(git, ["clone", "-q", url, "second"], proxy);
  await output(git, ["-C", "second", "fsck", "--strict"]);
  const head = await output(git, ["-C", "first", "rev-parse", "HEAD"]);
  assert.deepEqual(await output(git, ["-C", "second", "rev-parse", "HEAD"]), head);
  await proxy.stop();
  await shows(proxy, "path:/git/project.git/info/refs status:200");
  await shows(proxy, "method:POST path:/git/project.git/git-receive-pack status:200");
  await shows(proxy, "method:POST path:/git/project.git/git-upload-pack status:200 PACK");
});

test("redis-cli and redis-server: values, and a pipeline of 5,000 commands", async () => {
  const port = await freePort();
  const server = await startDaemon(
    requirePeer("redis-server"),
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--daemonize", "no"],
    port,
  );
  try {
    await using proxy = await recordedProxy(folder, "redis", `127.0.0.1:${port}`);
    const cli = requirePeer("redis-cli");
    const ask = async (at: number) => {
      const said: string[] = [];
      for (const command of ["SET k Grüße", "GET k", "HSET h a 1 b 2", "HGETALL h", "GET", "PING", "DEL k h"])
        said.push(String(await output(cli, ["-p", String(at), ...command.split(" ")])));
      const input = Array.from({ length: 5000 }, (_, i) => `SET key:${i} ${"v".repeat(100)}\r\n`).join("");
      const piped = spawn(cli, ["-p", String(at), "--pipe"], { stdio: ["pipe", "pipe", "inherit"] });
      piped.stdout.on("data", (chunk) => said.push(String(chunk)));
      piped.stdin.end(input);
      await once(piped, "close");
      said.push(String(await output(cli, ["-p", String(at), "DBSIZE"])));
      return said.join("");
    };
    const direct = await ask(port);
    assert.match(direct, /errors: 0, replies: 5000/);
    await output(cli, ["-p", String(port), "FLUSHALL"]);
    assert.equal(await ask(proxy.port), direct);
    await proxy.stop();
    await shows(proxy, "type:tcp HGETALL");
    await shows(proxy, "type:tcp key:4999 bytes>500000");
    assert.equal((await proxy.grep("type:http")).length, 0);
  } finally {
    await stopDaemon(server);
  }
});

const postgres = findPostgres();
// With the LLVM that Debian's package brings, it is more than 200 MB: too much to install for one test.
const skip =
  postgres === undefined ? "PostgreSQL is not here (on Debian: apt-get install postgresql)" : false;

test("psql and PostgreSQL: a table, an error, 100,000 rows, COPY both ways", { skip }, async () => {
  assert.ok(postgres);
  // Its user may not enter our folder.
  const home = mkdtempSync("/tmp/wirepane-postgres-");
  chmodSync(home, 0o755);
  await using server = await startPostgres(postgres, join(home, "data"));
  await using proxy = await recordedProxy(folder, "psql", `127.0.0.1:${server.port}`);
  const script = `
    CREATE TABLE t (id int PRIMARY KEY, name text);
    INSERT INTO t SELECT i, 'name ' || i FROM generate_series(1, 100000) i;
    SELECT count(*), sum(id) FROM t;
    SELECT * FROM t ORDER BY id;
    INSERT INTO t VALUES (1, 'twice');
    COPY t TO STDOUT;
    COPY t FROM STDIN;
100001\tGrüße
\\.
    SELECT name FROM t WHERE id > 100000;
    DROP TABLE t;\n`;
  const psql = join(postgres.folder, "psql");
  const ask = async (port: number) => {
    const asked = run(psql, ["-X", "-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "postgres"], {
      maxBuffer: 2 ** 28,
      env: { ...environment(), PGCLIENTENCODING: "UTF8" },
    });
    asked.child.stdin?.end(script);
    const { stdout, stderr } = await asked;
    return stdout + stderr;
  };
  const direct = await ask(server.port);
  assert.match(direct, /Grüße/);
  assert.match(direct, /duplicate key/);
  assert.equal(await ask(proxy.port), direct);
  await proxy.stop();
  await shows(proxy, 'type:tcp bytes>5000000 "SELECT count(*), sum(id) FROM t"');
  assert.deepEqual(await proxy.grep("type:http"), []);
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});
