import type { TcpConnection } from "../../src/tcp/connection.ts";

/** Echoes. After "hang" it blocks the event loop for ever; after "crash" its worker ends. */
export async function handler(connection: TcpConnection): Promise<void> {
  for await (const chunk of connection) {
    const word = new TextDecoder().decode(chunk);
    if (word === "hang") for (;;);
    if (word === "crash") process.exit(7);
    await connection.write(chunk);
  }
}
