import type { TcpConnection } from "../../src/tcp/connection.ts";

/** Echoes, and obeys certain words. */
export async function handler(connection: TcpConnection): Promise<void> {
  for await (const chunk of connection) {
    switch (new TextDecoder().decode(chunk)) {
      case "throw":
        throw new Error("as told");
      case "return":
        await connection.write("bye");
        return;
      case "crash":
        // In a thread, this ends only the thread.
        return process.exit(7);
      default:
        await connection.write(chunk);
    }
  }
}
