import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Toxiproxy } from "toxiproxy-node-client";
import { runCli, startCli } from "../support/cli.ts";
import { connectTo, startUpstream } from "./admin-world.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-admin-"));
after(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const API = /^toxiproxy's API on (http:\/\/127\.0\.0\.1:\d+)\/ /m;

test("proxy --admin starts without a proxy, and toxiproxy's client creates one with a toxic", async () => {
  await using upstream = await startUpstream(true);
  await using cli = startCli(["proxy", "--admin", "0"]);
  const [, base = ""] = await cli.waitFor(API);
  const toxiproxy = new Toxiproxy(base);
  assert.deepEqual(await toxiproxy.getAll(), {});
  const proxy = await toxiproxy.createProxy({
    name: "echo",
    listen: "localhost:0",
    upstream: upstream.address,
  });
  await proxy.addToxic({ type: "limit_data", attributes: { bytes: 3 } } as never);
  const client = await connectTo(proxy.listen);
  client.send("hello");
  assert.equal(await client.over, "end");
  assert.equal(client.received, "hel");
  const { code, stderr } = await cli.stop("SIGINT");
  assert.equal(code, 0);
  assert.match(stderr, /stopped: 1 connection, /);
});

test("the proxy of the command line is one of the API's, and so are those of --populate", async () => {
  await using upstream = await startUpstream(true);
  const toxics = [{ type: "limit_data", stream: "upstream", attributes: { bytes: 2 } }];
  const list = [{ name: "a", listen: "localhost:0", upstream: upstream.address, toxics }];
  const file = fileWith("list.json", JSON.stringify(list));
  await using cli = startCli([
    "proxy",
    "0",
    upstream.address,
    "--admin",
    "127.0.0.1:0",
    "--populate",
    file,
    "--fault",
    "up:limit_data 3B",
  ]);
  const [, base = ""] = await cli.waitFor(API);
  const proxies = await new Toxiproxy(base).getAll();
  assert.deepEqual(Object.keys(proxies), ["a", "proxy"]);
  const client = await connectTo(proxies.a?.listen as string);
  const server = await upstream.next();
  client.send("hello");
  assert.equal(await server.over, "end");
  assert.equal(server.received, "he");
  const other = await connectTo(proxies.proxy?.listen as string);
  const otherServer = await upstream.next();
  other.send("hello");
  assert.equal(await otherServer.over, "end");
  assert.equal(otherServer.received, "hel");
  const toxic = await proxies.proxy?.getToxic("limit_data_upstream");
  assert.deepEqual(toxic?.attributes, { bytes: 3 });
  await cli.waitFor(/^faults: up:limit_data 2B .*[\s\S]*^faults: up:limit_data 3B /m);
});

test("a program behind -- ends the proxies, and its exit code is the command's", async () => {
  const list = fileWith("one.json", JSON.stringify([{ name: "a", upstream: "127.0.0.1:1" }]));
  const result = await runCli([
    "proxy",
    "--populate",
    list,
    "-s",
    "--",
    process.execPath,
    "-e",
    "process.exit(7)",
  ]);
  assert.equal(result.code, 7);
});

const WRONG: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["a file that is not there", ["--populate", "nowhere.json"], 26, /no such file/],
  [
    "a file without JSON",
    ["--populate", fileWith("no.json", "\u001b[31m{")],
    2,
    /--populate [ -~]*no\.json: bad request body: [ -~]*no JSON/,
  ],
  ["a list with a hole", ["--populate", fileWith("hole.json", '[{"name": "a"}]')], 2, /upstream at proxy 1/],
  [
    "a toxic that is none",
    ["--populate", fileWith("toxic.json", '[{"name": "a", "upstream": "1", "toxics": [{"type": "magic"}]}]')],
    2,
    /invalid toxic type/,
  ],
  ["a port that is none", ["--admin", "many"], 2, /the port of --admin/],
  ["the API for everybody", ["--admin", "0.0.0.0:0"], 7, /this machine only/],
  ["a Unix socket", ["--admin", "0", "--unix", "x.sock", "1"], 2, /--admin and --populate/],
  ["a Unix socket alone", ["--admin", "0", "--unix", "x.sock"], 2, /--admin and --populate/],
  ["a fault of no proxy", ["--admin", "0", "--fault", "latency 1ms"], 2, /PORT UPSTREAM/],
  ["a forward proxy", ["--admin", "0", "0", "--forward"], 2, /--admin and --populate/],
];

for (const [what, args, code, message] of WRONG) {
  test(`${what}: exit code ${code}`, async () => {
    const result = await runCli(["proxy", ...args]);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, message);
    assert.doesNotMatch(result.stderr, /^ +at |\u001b/m);
  });
}

test("a port of --populate that is taken: exit code 7", async () => {
  await using upstream = await startUpstream();
  const list = fileWith(
    "taken.json",
    JSON.stringify([{ name: "a", listen: upstream.address, upstream: "1" }]),
  );
  const result = await runCli(["proxy", "--populate", list]);
  assert.equal(result.code, 7);
  assert.match(result.stderr, /in use/);
});
