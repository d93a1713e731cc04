import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { createProxy, parseFault } from "../../src/proxy.ts";
import { requirePeer } from "../support/peers.ts";

// curl asks Node's HTTP server through a proxy with faults.

const curl = requirePeer("curl");
const run = promisify(execFile);

interface World {
  readonly url: string;
  /** Adds a fault to the running proxy. */
  add(text: string): void;
  /** What the server saw. */
  readonly seen: string[];
}

async function world(t: TestContext, ...faults: string[]): Promise<World> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const answer = async (): Promise<void> => {
      for (const chunk of ["first ", "second ", "third"]) {
        await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
      }
      response.end();
    };
    request.resume().once("end", () => void answer());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  const proxy = await createProxy({ upstream: `127.0.0.1:${port}`, faults });
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await proxy.close();
  });
  assert.ok(proxy.address.family !== "unix");
  return {
    url: `http://127.0.0.1:${proxy.address.port}`,
    add: (text) => proxy.faults.add(parseFault(text)),
    seen,
  };
}

async function ask(...words: string[]): Promise<string> {
  const { stdout } = await run(curl, ["-sS", ...words]);
  return stdout;
}

/** The status of each of some requests, which share a connection where they can. */
async function statuses({ url }: World, count: number): Promise<string[]> {
  const urls = Array.from({ length: count }, (_, i) => `${url}/${i + 1}`);
  const each = urls.flatMap((one) => ["-o", "/dev/null", one]);
  return (await ask("-w", "%{http_code}\\n", ...each)).trim().split("\n");
}

test("respond 503 every=5: each fifth response is ours, on one connection", async (t) => {
  const here = await world(t, "respond 503 every=5");
  assert.deepEqual(await statuses(here, 11), [
    "200",
    "200",
    "200",
    "200",
    "503",
    "200",
    "200",
    "200",
    "200",
    "503",
    "200",
  ]);
  assert.equal(here.seen.length, 11);
});

test("respond 503 every=2: the exchanges of all connections count", async (t) => {
  const here = await world(t, "respond 503 every=2");
  assert.deepEqual(
    [...(await statuses(here, 1)), ...(await statuses(here, 1)), ...(await statuses(here, 1))],
    ["200", "503", "200"],
  );
});

test("respond: a response to HEAD is replaced, and the next one passes", async (t) => {
  const here = await world(t, "respond 502 on=exchange#1");
  const out = await ask("-I", `${here.url}/1`, "--next", "-sS", `${here.url}/2`);
  assert.match(out, /^HTTP\/1\.1 502 [\s\S]*\r\n\r\nfirst second third$/);
});

test("cut on=chunk#2: the content breaks off in the middle of the second chunk", async (t) => {
  const here = await world(t, "cut on=chunk#2");
  const failure = await ask("-N", here.url).catch((error: { code: number; stdout: string }) => error);
  assert.ok(typeof failure !== "string");
  assert.equal(failure.code, 18); // curl: the transfer was partial
  assert.equal(failure.stdout, "first sec");
});

test("close-after-response: the connection ends without having said so, and curl opens another one", async (t) => {
  const here = await world(t, "close-after-response");
  const out = await ask("-w", "%{num_connects}\\n", "-o", "/dev/null", here.url, "-o", "/dev/null", here.url);
  assert.equal(out, "1\n1\n");
});

test("delay-head and slow-lines: the response comes whole, however slowly", async (t) => {
  const here = await world(t, "delay-head 20ms", "slow-lines 2ms", "up:slow-lines 1ms");
  assert.equal(await ask(here.url), "first second third");
});

test("a fault at an HTTP event that comes later acts on the connections after it", async (t) => {
  const here = await world(t);
  assert.deepEqual(await statuses(here, 2), ["200", "200"]);
  here.add("respond 500");
  assert.deepEqual(await statuses(here, 2), ["500", "500"]);
});
