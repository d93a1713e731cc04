import type { TcpConnection } from "../connection.ts";

/** Sends back what it receives, until the peer ends. The same lines run in every concurrency model. */
export async function handler(connection: TcpConnection): Promise<void> {
  for await (const chunk of connection) await connection.write(chunk);
  await connection.end();
}
