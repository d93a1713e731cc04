import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { FAULT_KINDS } from "../../src/tcp/faults/kinds.ts";
import { runCli, startCli } from "../support/cli.ts";
import { requirePeer } from "../support/peers.ts";

const curl = requirePeer("curl");
const run = promisify(execFile);

test("--fault and --faults make faults, the seed is printed, and each hit is shown", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-faults-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "faults.txt"), "# answers\ndown:respond 503 on=exchange#2\n");
  await using server = startCli(["serve", "--port", "0", "--silent"]);
  const [, port = ""] = await server.waitFor(/127\.0\.0\.1:(\d+)/);
  await using proxy = startCli([
    "proxy",
    "0",
    port,
    "--fault",
    "up:slicer 10B",
    "--faults",
    join(folder, "faults.txt"),
    "--seed",
    "7",
  ]);
  const [, proxyPort] = await proxy.waitFor(/proxy on 127\.0\.0\.1:(\d+)/);
  await proxy.waitFor(/faults: up:slicer 10B · down:respond on=exchange#2 · --seed 7 makes the same again/);
  const url = `http://127.0.0.1:${proxyPort}/hello`;
  const { stdout } = await run(curl, [
    "-sS",
    "-w",
    "%{http_code}\\n",
    "-o",
    "/dev/null",
    url,
    "-o",
    "/dev/null",
    url,
  ]);
  assert.equal(stdout, "200\n503\n");
  await proxy.waitFor(/fault +slicer_upstream: in \d+ slices, bytes 0–/);
  await proxy.waitFor(/fault +respond_downstream: answered with 503, at byte/);
});

const WRONG: Readonly<Record<string, readonly [words: readonly string[], message: RegExp]>> = {
  "a misspelt fault": [
    ["--fault", "latancy 1ms"],
    /--fault latancy 1ms: there is no fault "latancy".*did you mean latency\?/,
  ],
  "a misspelt word": [["--fault", "latency 1ms jiter=2ms"], /latency has no "jiter".*did you mean jitter\?/],
  "two faults of one name": [
    ["--fault", "cut", "--fault", "cut rst"],
    /two faults have the name cut_downstream/,
  ],
  "a seed that is none": [["--seed", "lucky"], /--seed is a whole number from 0, not "lucky"/],
  "control characters": [["--fault", "\u001b[31mred"], /there is no fault "\\x1b\[31mred"/],
};

for (const [what, [words, message]] of Object.entries(WRONG)) {
  test(`${what} is a usage error`, async () => {
    const { code, stderr } = await runCli(["proxy", "0", "127.0.0.1:9", ...words]);
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.ok(!stderr.includes("\u001b"));
  });
}

test("a file of faults that is not there cannot be read", async () => {
  const { code, stderr } = await runCli(["proxy", "0", "127.0.0.1:9", "--faults", "/nowhere/faults"]);
  assert.equal(code, 26);
  assert.match(stderr, /cannot read --faults \/nowhere\/faults: no such file/);
});

test("--fault help lists every fault", async () => {
  const { code, stdout } = await runCli(["proxy", "--fault", "help"]);
  assert.equal(code, 0);
  for (const { type } of FAULT_KINDS) assert.match(String(stdout), new RegExp(`^  ${type} `, "m"));
});
