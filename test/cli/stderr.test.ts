import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { CLI } from "../support/cli.ts";

const MIB = 1024 * 1024;
const REQUESTS = 250;

test("stderr that nobody reads holds up no command: lines are dropped, and counted", {
  skip: process.platform === "linux" ? false : "only on Linux does stderr not wait for its reader",
}, async (context) => {
  // -v shows a line of 30 kB for each response: 7 MB, of which 4 MiB may wait.
  const server = createServer((_, response) => {
    response.setHeader("X-Long", "a".repeat(30_000));
    if (++asked < REQUESTS) response.end();
    else server.emit("last", response);
  }).listen(0, "127.0.0.1");
  let asked = 0;
  context.after(() => server.close().closeAllConnections());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const isLast = once(server, "last") as Promise<[ServerResponse]>;
  const child = spawn(process.execPath, [CLI, "http", "-v", ...Array<string>(REQUESTS).fill(url)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  context.after(() => child.kill("SIGKILL"));

  const [last] = await isLast;
  let log = "";
  child.stderr.on("data", (bytes: Buffer) => {
    log += bytes.toString("latin1");
  });
  while (log.length < MIB) await once(child.stderr, "data");
  // There is room again for the lines of the last exchange.
  last.end();
  const [code] = await ended;
  assert.equal(code, 0);
  assert.ok(log.length < 6 * MIB, `${log.length} bytes were kept`);
  const counts = [...log.matchAll(/^\(lines dropped here, since nobody read them: (\d+)\)$/gm)];
  const dropped = counts.reduce((sum, [, count]) => sum + Number(count), 0);
  const shown = log.match(/^< X-Long: /gm)?.length ?? 0;
  assert.ok(dropped + shown >= REQUESTS && shown < REQUESTS, `${dropped} dropped, ${shown} shown`);
});
