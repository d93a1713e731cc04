/** nginx as a peer: one process, no log. */

import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../tools/free-port.js";
import { findPeer } from "../tools/peers.js";
import { cacheFile } from "./c-programs.ts";
import { asServed, MEASURED_CORE, type Served, start } from "./processes.ts";

/**
 * Starts nginx.
 *
 * @param name the folder of its files, in the cache.
 * @param blocks the `http` or `stream` of its configuration, for this port of loopback.
 * @throws if nginx is not here.
 */
export async function nginx(
  name: string,
  blocks: (port: number, home: string) => string,
  ...first: readonly string[]
): Promise<Served> {
  const program = findPeer("nginx");
  if (program === undefined) throw new Error("it is not here");
  const port = await freePort();
  const home = cacheFile(name);
  mkdirSync(home, { recursive: true });
  const config = `${home}/nginx.conf`;
  writeFileSync(
    config,
    `${first.join("\n")}
    daemon off; master_process off; pid ${home}/nginx.pid; error_log /dev/null;
    events { worker_connections 2048; }
    ${blocks(port, home)}`,
  );
  const child = start(MEASURED_CORE, [program, "-c", config, "-p", home]);
  await accepting(port);
  return asServed(child, String(port));
}

/** Waits until it accepts connections, since it does not say when it listens. */
async function accepting(port: number): Promise<void> {
  for (let attempts = 0; attempts < 200; attempts++) {
    const socket = net.connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await delay(20);
  }
  throw new Error(`nobody listens on port ${port}`);
}
