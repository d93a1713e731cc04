import { printable, type TcpConnection } from "../index.ts";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";
import { stdinIsTerminal, stdoutIsTerminal, writeOut } from "./output.ts";
import { TerminalText } from "./terminal-text.ts";

/** After the peer's end, what stdin has ready is still sent; who types, or trickles, is not waited for. */
const PATIENCE_MS = 1000;

/**
 * stdin to the peer, the peer to stdout. The end of stdin ends our direction alone (half-close): the rest of the
 * answer is awaited. The peer's end is the end of the conversation, once stdin has nothing ready any more.
 *
 * @throws {TransportError} the connection broke. @throws {CommandError} stdin or stdout did.
 */
export async function converse(connection: TcpConnection, signal: AbortSignal): Promise<void> {
  const onAbort = () => connection.abort(signal.reason as Error);
  signal.addEventListener("abort", onAbort);
  const stdin = new StdinSender(connection);
  try {
    await Promise.race([printReceived(connection), stdin.failed]);
    if (!stdinIsTerminal()) await Promise.race([stdin.idle(PATIENCE_MS), stdin.failed]);
    await connection.end();
  } catch (error) {
    connection.abort();
    throw signal.aborted ? interruption(connection, signal.reason as CommandError) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    process.stdin.destroy();
  }
}

/** Sends stdin, and then our end. */
class StdinSender {
  /** Rejects when stdin cannot be read, or the connection not be written; never resolves. */
  readonly failed: Promise<never>;
  readonly #sent: Promise<void>;
  #lastSentMs = performance.now();

  constructor(connection: TcpConnection) {
    this.#sent = this.#send(connection);
    this.failed = new Promise((_, reject) => {
      this.#sent.catch(reject);
    });
  }

  /** All of stdin is sent, or nothing of it came for so long. */
  async idle(ms: number): Promise<void> {
    this.#lastSentMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<void>((resolve) => {
      timer = setInterval(() => performance.now() - this.#lastSentMs >= ms && resolve(), ms / 10);
    });
    await Promise.race([silence, this.#sent]);
    clearInterval(timer);
  }

  async #send(connection: TcpConnection): Promise<void> {
    for await (const chunk of readStdin()) {
      await connection.write(chunk);
      this.#lastSentMs = performance.now();
    }
    await connection.end();
  }
}

async function* readStdin(): AsyncGenerator<Uint8Array> {
  try {
    yield* process.stdin as AsyncIterable<Uint8Array>;
  } catch (error) {
    // We have stopped reading: the conversation is over.
    if ((error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE") return;
    throw new CommandError(EXIT.read, `cannot read stdin: ${fileProblem(error)}`);
  }
}

async function printReceived(connection: TcpConnection): Promise<void> {
  if (!stdoutIsTerminal()) {
    for await (const chunk of connection) await writeOut(chunk);
    return;
  }
  const text = new TerminalText(printable);
  for await (const chunk of connection) await writeOut(text.push(chunk));
  await writeOut(text.end());
}

function interruption(
  { bytesIn, bytesOut }: TcpConnection,
  { exitCode, message }: CommandError,
): CommandError {
  return new CommandError(exitCode, `${message} after ${bytesOut} bytes sent, ${bytesIn} received`);
}
