// Requests per second of a client with 50 connections, and with one: one request at a time on each, every answer read
// to its end.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { interleave, measureIn, pinned, type Settings, type Table } from "./row.ts";

const connections = [50, 1];
const peers = ["undici request", "wirepane HttpClient", "node:http agent"];

export async function clientRow({ rounds, warmUpMs, measureMs }: Settings): Promise<Table[]> {
  // The client on one core, the server on the other: neither takes the other's time.
  const [command = "", ...args] = pinned(1, [
    process.execPath,
    fileURLToPath(new URL("./answer-server.js", import.meta.url)),
  ]);
  const server = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(server.stdout, "data");
  const measure = (peer: string, count: number) => () => {
    const args = [peer, count, String(port).trim(), warmUpMs, measureMs];
    return measureIn("./client-peer.js", args.map(String), 0);
  };
  const { version } = createRequire(import.meta.url)("undici/package.json") as { version: string };
  const tables = connections.map((count) => ({
    title: `HTTP client, keep-alive, ${count} ${count === 1 ? "connection" : "connections"} × 1 request`,
    unit: "requests/s",
    versions: `undici ${version}`,
    peers: interleave(rounds, new Map(peers.map((peer) => [peer, measure(peer, count)]))),
  }));
  server.kill();
  return tables;
}
