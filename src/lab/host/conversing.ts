import type { TcpConnection } from "../../tcp.ts";

/*
 * How a client of the page talks. Every wait has an end: a peer that is silent, or does not close, keeps nothing open.
 */

/** How long a composed message waits for an answer that does not end. */
const ANSWER_MS = 3_000;
/** How long a client waits for its turn. */
const LONG_MS = 60_000;

/** One client: sends the message, reads the answer, ends. A slow client sends it in three pieces. */
export async function converse(connection: TcpConnection, message: string, slowMs: number): Promise<void> {
  const third = Math.ceil(message.length / 3);
  const texts = slowMs === 0 ? [message] : [0, 1, 2].map((i) => message.slice(i * third, (i + 1) * third));
  const pieces = texts.map((text, index) => ({
    bytes: new TextEncoder().encode(text),
    waitMs: index === 0 ? 0 : Math.round(slowMs / 2),
  }));
  await exchange(connection, pieces, "fin", LONG_MS);
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly waitMs: number;
}

/** Sends the pieces, and reads meanwhile: an answer may come before the last piece is sent. */
export async function exchange(
  connection: TcpConnection,
  pieces: readonly Piece[],
  end: "none" | "fin" | "rst",
  maxSilenceMs = ANSWER_MS,
): Promise<void> {
  const waits = pieces.reduce((sum, { waitMs }) => sum + waitMs, 0);
  await Promise.all([
    sendPieces(connection, pieces, end),
    readUntilSilent(connection, maxSilenceMs + waits).then(() => endWithin(connection, ANSWER_MS)),
  ]);
}

async function sendPieces(
  connection: TcpConnection,
  pieces: readonly Piece[],
  end: "none" | "fin" | "rst",
): Promise<void> {
  for (const { bytes, waitMs } of pieces) {
    if (waitMs > 0) await pause(waitMs);
    await connection.write(bytes);
  }
  if (end === "rst") connection.abort();
  if (end === "fin") await connection.end();
}

/** Reads until the peer ends, or has been silent for a while. */
async function readUntilSilent(connection: TcpConnection, maxSilenceMs: number): Promise<void> {
  while ((await within(maxSilenceMs, connection.read())) !== undefined);
}

/** Ends our direction. A peer that does not end its own in time is reset: no connection stays for ever. */
async function endWithin(connection: TcpConnection, ms: number): Promise<void> {
  await connection.end();
  if ((await within(ms, connection.closed)) === undefined) connection.abort();
}

/** What the promise gives; `undefined`: it took too long. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
