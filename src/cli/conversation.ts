import { type TcpConnection, TransportError } from "../tcp.ts";
import { counted, printable } from "../trace.ts";
import { CommandError, EXIT, fileProblem } from "./exit-codes.ts";
import { withCrlf } from "./line-ends.ts";
import { say, stdinIsTerminal, stdoutIsTerminal, writeOut } from "./output.ts";
import { TerminalText } from "./terminal-text.ts";

export interface ConversationOptions {
  /** Send CRLF for each LF of stdin. */
  readonly crlf?: boolean;
  /** Go on after the peer's end while a person may still type at stdin. */
  readonly untilBothEnd?: boolean;
}

/**
 * Sends stdin to the peer and prints what the peer sends. The end of stdin ends one direction, the peer's end the other:
 * a direction that is open goes on (half-close). At a terminal stdin has no end by itself, so there the peer's end also
 * ends the conversation, unless `untilBothEnd`.
 *
 * @throws {TransportError} if the connection breaks. @throws {CommandError} if stdin or stdout breaks.
 */
export async function converse(
  connection: TcpConnection,
  signal: AbortSignal,
  { crlf = false, untilBothEnd = false }: ConversationOptions = {},
): Promise<void> {
  const onAbort = () => connection.abort(signal.reason as Error);
  signal.addEventListener("abort", onAbort);
  const sent = sendStdin(connection, crlf);
  sent.catch(() => {});
  try {
    await Promise.race([printReceived(connection), unreadable(sent)]);
    if (!stdinIsTerminal()) await Promise.race([sent, broken(connection)]);
    else if (untilBothEnd && stdoutIsTerminal()) {
      say("the peer has ended its direction; what you type is still sent, Ctrl-D ends our direction");
      await Promise.race([sent, broken(connection)]);
    }
    await connection.end();
  } catch (error) {
    connection.abort();
    throw signal.aborted ? interruption(connection, signal.reason as CommandError) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    process.stdin.destroy();
  }
}

/** Sends stdin, then FIN. */
async function sendStdin(connection: TcpConnection, crlf: boolean): Promise<void> {
  for await (const chunk of crlf ? withCrlf(readStdin()) : readStdin()) await connection.write(chunk);
  await connection.end();
}

/** Rejects when stdin cannot be read. The reader reports a failed write, after it has printed the peer's last bytes. */
function unreadable(sent: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    sent.catch((error) => {
      if (!(error instanceof TransportError)) reject(error);
    });
  });
}

/** Rejects when the connection fails; never resolves. */
function broken(connection: TcpConnection): Promise<never> {
  return new Promise((_, reject) => {
    void connection.closed.then(({ error }) => error && reject(error));
  });
}

async function* readStdin(): AsyncGenerator<Uint8Array> {
  try {
    yield* process.stdin as AsyncIterable<Uint8Array>;
  } catch (error) {
    // The conversation is over: we have stopped reading.
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
  return new CommandError(
    exitCode,
    `${message} after ${counted(bytesOut, "byte")} sent, ${bytesIn} received`,
  );
}
