import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { utf8 } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { listen } from "../../src/tcp/listen.ts";
import { requirePeer } from "../support/peers.ts";

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));

async function socat(address: string, input: string): Promise<string> {
  // -t: how long to wait for the end of the answer after our EOF.
  const child = spawn(requirePeer("socat"), ["-t", "10", "-", address], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  child.stdin.end(input);
  await once(child, "close");
  return printed;
}

test("socat half-closes, and gets its whole echo", async () => {
  await using listener = await listen({ handler: echo });
  const input = "0123456789abcdef".repeat(65_536);
  const { port } = listener.address as { port: number };
  assert.equal(await socat(`TCP:127.0.0.1:${port}`, input), input);
});

test("socat gets its echo over a Unix socket", async () => {
  const path = join(directory, "echo.sock");
  await using _listener = await listen({ path, handler: echo });
  assert.equal(await socat(`UNIX-CONNECT:${path}`, "hello"), "hello");
});

test("we talk with a program that socat serves on a Unix socket", async () => {
  const path = join(directory, "cat.sock");
  const child = spawn(requirePeer("socat"), ["-d", "-d", `UNIX-LISTEN:${path}`, "EXEC:cat"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    log += chunk;
    if (log.includes("listening on")) break;
  }
  child.stderr.resume();
  const connection = await connect({ path });
  await connection.write("through cat");
  await connection.end();
  let answer = "";
  for await (const chunk of connection) answer += utf8(chunk);
  assert.equal(answer, "through cat");
  await once(child, "close");
});
