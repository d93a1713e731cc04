import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import { type ListenOptions, listen } from "../../src/tcp/listen.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";

// TCP keep-alive finds clients that vanished. Only the kernel knows whether it is on, and only Linux shows it.

const skip = process.platform === "linux" ? false : "only Linux shows the timers of its connections";
const module = moduleUrl("tcp/handlers/echo");

for (const model of MODEL_NAMES) {
  test(`an accepted connection is probed when its client is silent (${model})`, { skip }, async () => {
    assert.equal(await timerOfAccepted({ model, handler: { module } }), "keep-alive");
  });

  test(`with keepAliveMs 0 it is not probed (${model})`, { skip }, async () => {
    assert.equal(await timerOfAccepted({ model, handler: { module }, keepAliveMs: 0 }), "none");
  });
}

async function timerOfAccepted(options: ListenOptions): Promise<string | undefined> {
  const news = new EventEmitter();
  await using listener = await listen({ ...options, workers: 1, onConnection: () => news.emit("opened") });
  const { port } = listener.address as { port: number };
  const opened = once(news, "opened");
  const client = net.connect(port, "127.0.0.1");
  await Promise.all([opened, once(client, "connect")]);
  try {
    return timerOf(port, client.localPort as number);
  } finally {
    client.destroy();
  }
}

/** The timer of the established connection from `localPort` to `remotePort`, as /proc/net/tcp has it. */
function timerOf(localPort: number, remotePort: number): string | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  // sl local_address rem_address st tx_queue:rx_queue tr:tm->when …; state 01 is ESTABLISHED.
  const row = new RegExp(`:${hex(localPort)} [0-9A-F]+:${hex(remotePort)} 01 \\S+ (\\d\\d):`);
  const timer = row.exec(readFileSync("/proc/net/tcp", "latin1"))?.[1];
  return timer === undefined ? undefined : ({ "00": "none", "02": "keep-alive" }[timer] ?? timer);
}
