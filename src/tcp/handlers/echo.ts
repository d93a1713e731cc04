import type { ByteSink, TcpConnection } from "../connection.ts";

/**
 * Sends back what it receives, until the peer ends. The same lines run in every concurrency model.
 *
 * It uses the synchronous interface, which saves a promise and a copy for each chunk. With the other one it would read:
 *
 *     for await (const chunk of connection) await connection.write(chunk);
 */
export async function handler(connection: TcpConnection): Promise<void> {
  const echo: ByteSink = {
    onBytes(bytes) {
      if (!connection.send(bytes)) connection.pause();
    },
    onDrain: () => connection.resume(),
    onEnd: () => void connection.end(),
    onClose() {},
  };
  connection.attach(echo);
  await connection.closed;
}
