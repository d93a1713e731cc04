import { once } from "node:events";
import net from "node:net";

/** Below the range from which the kernel picks ports (Linux: from 32768 on). */
const FIRST = 10_240;
const LAST = 32_767;

/**
 * A port for a program that must be told its port. No program listens on it now, and the kernel will not give it to any
 * server or client that starts meanwhile.
 */
export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    const server = net.createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
