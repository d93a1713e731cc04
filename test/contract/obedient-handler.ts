import type { TcpConnection } from "../../src/tcp/connection.ts";

const MUCH = new Uint8Array(256 * 1024);
let lastWords = "";

/** Echoes, but does what it is told by certain words. */
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
      case "flood":
        await flood(connection);
        lastWords = await rest(connection);
        return;
      case "last words?":
        await connection.write(lastWords);
        break;
      default:
        await connection.write(chunk);
    }
  }
}

/** Writes until a write fails. */
async function flood(connection: TcpConnection): Promise<void> {
  try {
    for (;;) await connection.write(MUCH);
  } catch {
    // The peer broke off, as the test wants it to.
  }
}

/** What can still be read. */
async function rest(connection: TcpConnection): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of connection) text += decoder.decode(chunk);
  } catch {
    // The break shows behind the last bytes.
  }
  return text;
}
