import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { npmPeer } from "../../bench/npm-peers.ts";
import { stopDaemon } from "../support/daemon.ts";
import type { WebServer } from "../support/web-servers.ts";

/** The same app, written for two frameworks, in a process of its own. */
export async function appOf(name: "fastify" | "express"): Promise<WebServer> {
  const child = fork(fileURLToPath(new URL("app.js", import.meta.url)), [name, npmPeer(name).path]);
  const [port] = (await once(child, "message")) as [number];
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => stopDaemon(child),
  };
}
