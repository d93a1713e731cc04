import net from "node:net";
import { TransportError } from "../tcp/errors.ts";

/**
 * Listens in a thread that never accepts. Node accepts every connection at once, so the thread stands still as soon as
 * it listens. Plain CommonJS, as a bundle cannot name a file of ours.
 */
const LISTENS_AND_STANDS_STILL = `
const { parentPort, workerData } = require("node:worker_threads");
const server = require("node:net").createServer();
server.on("error", ({ code }) => parentPort.postMessage(code));
server.listen({ ...workerData, backlog: 1 }, () => {
  parentPort.postMessage("listening");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** With a backlog of 1 the Linux kernel keeps two connections. What comes after them is told nothing. */
const KEPT_CONNECTIONS = 2;

/**
 * Listens on a port that takes nobody: the backlog is full of connections of our own, so connecting hangs. Returns how
 * to free the port.
 *
 * @throws {TransportError} ADDRESS_IN_USE, …
 */
export async function fillBacklog(host: string, port: number): Promise<() => Promise<void>> {
  // Loaded here: few proxies need a thread.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(LISTENS_AND_STANDS_STILL, { eval: true, workerData: { host, port } });
  const said = await new Promise<string>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  if (said !== "listening") {
    await worker.terminate();
    throw new TransportError("ADDRESS_IN_USE", "listen", `cannot listen on ${host}:${port} again: ${said}`);
  }
  const own = Array.from({ length: KEPT_CONNECTIONS }, () =>
    net.connect({ host, port }).on("error", () => {}),
  );
  await Promise.all(
    own.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve))),
  );
  return async () => {
    for (const socket of own) socket.destroy();
    await worker.terminate();
  };
}
