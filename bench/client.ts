// Requests per second of a client with 50 connections, one request at a time on each, every answer read to its end.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { interleave, measureIn, pinned, type Settings, type Table } from "./row.ts";

const peers = ["undici request", "wirepane HttpClient", "node:http agent"];

export async function clientRow({ rounds, warmUpMs, measureMs }: Settings): Promise<Table[]> {
  // The client on one core, the server on the other: neither takes the other's time.
  const [command = "", ...args] = pinned(1, [
    process.execPath,
    fileURLToPath(new URL("./answer-server.js", import.meta.url)),
  ]);
  const server = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(server.stdout, "data");
  const measure = (peer: string) => () =>
    measureIn("./client-peer.js", [peer, String(port).trim(), String(warmUpMs), String(measureMs)], 0);
  const results = interleave(rounds, new Map(peers.map((peer) => [peer, measure(peer)])));
  server.kill();
  const { version } = createRequire(import.meta.url)("undici/package.json") as { version: string };
  const title = "HTTP client, keep-alive, 50 connections × 1 request";
  return [{ title, unit: "requests/s", versions: `undici ${version}`, peers: results }];
}
