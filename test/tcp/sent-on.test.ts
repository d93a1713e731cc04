import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { echo } from "../../src/tcp/echo.ts";
import { type ListenOptions, listen } from "../../src/tcp/listen.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { relay } from "../../src/tcp/relay.ts";

// The bytes that a sink is given are in memory that the next read overwrites, on this or any other connection. A sink
// that sends them on in the same callback need not copy: queued bytes stay as they were. So these tests use several
// connections, contents that never repeat, pieces of every size, and readers that begin only when all buffers on the
// way are full.

const BYTES = 12 * 1024 * 1024;
const CONNECTIONS = 4;

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));

for (const model of MODEL_NAMES) {
  for (const place of ["TCP", "a Unix socket"]) {
    test(`echoed bytes stay as they came, however long they wait (${model}, ${place})`, async () => {
      const where = place === "TCP" ? {} : { path: join(directory, `${model}.sock`) };
      await using listener = await listen({ ...where, model, workers: 2, handler: echo });
      await unchanged(() => connectTo(listener.address));
    });
  }
}

test("bytes that a handler sends back itself stay as they came", async () => {
  const handler: ListenOptions["handler"] = async (connection) => {
    connection.attach({
      onBytes(bytes) {
        // In parts and without waiting for room, so that everything is queued at once.
        const half = bytes.length >>> 1;
        const hadRoom = connection.send(bytes.subarray(0, half));
        if (!connection.send(bytes.subarray(half)) || !hadRoom) connection.pause();
      },
      onDrain: () => connection.resume(),
      onEnd: () => void connection.end(),
      onClose() {},
    });
    await connection.closed;
  };
  await using listener = await listen({ handler });
  await unchanged(() => connectTo(listener.address));
});

test("bytes that a handler sends back without waiting for room stay as they came", async () => {
  const handler: ListenOptions["handler"] = async (connection) => {
    connection.attach({
      onBytes: (bytes) => void connection.send(bytes),
      onEnd: () => void connection.end(),
      onClose() {},
    });
    await connection.closed;
  };
  await using listener = await listen({ handler });
  await unchanged(() => connectTo(listener.address));
});

test("bytes that are sent on to another connection stay as they came", async () => {
  await using far = await listen({ handler: echo });
  const handler = async (near: TcpConnection): Promise<void> => {
    relay(near, await connectTo(far.address));
    await near.closed;
  };
  await using listener = await listen({ handler });
  await unchanged(() => connectTo(listener.address));
});

test("bytes that read() returns stay as they came", async () => {
  const handler = async (connection: TcpConnection): Promise<void> => {
    for await (const chunk of connection) await connection.write(chunk);
  };
  await using listener = await listen({ handler });
  await unchanged(() => connectTo(listener.address));
});

function connectTo(address: { path: string } | { host: string; port: number }): Promise<TcpConnection> {
  return connect("path" in address ? { path: address.path } : { host: address.host, port: address.port });
}

/** Sends over several connections (one after the other if the model serves only one), and compares the hashes. */
async function unchanged(open: () => Promise<TcpConnection>): Promise<void> {
  const seed = Number(process.env.WIREPANE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const results = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, index) => roundTrip(await open(), seed + index)),
  );
  for (const { sent, came } of results) assert.equal(came, sent, `WIREPANE_SEED=${seed}`);
}

async function roundTrip(connection: TcpConnection, seed: number): Promise<{ sent: string; came: string }> {
  const sent = createHash("sha256");
  const came = createHash("sha256");
  const random = randomNumbers(seed);
  let full = (): void => {};
  const wasFull = new Promise<void>((resolve) => {
    full = resolve;
  });
  const writing = (async () => {
    for (let left = BYTES; left > 0; ) {
      const piece = randomPiece(random, left);
      left -= piece.length;
      sent.update(piece);
      const written = connection.write(piece);
      if (connection.queuedBytes > 0) full();
      await written;
    }
    full();
    await connection.end();
  })();
  // Everything between us and the far end, and back, is full.
  await wasFull;
  for await (const chunk of connection) came.update(chunk);
  await writing;
  return { sent: sent.digest("hex"), came: came.digest("hex") };
}

/** Mostly small pieces, some of 64 KiB and more. */
function randomPiece(random: () => number, atMost: number): Uint8Array {
  const most = [64, 4_096, 40_000, 200_000][random() & 3] ?? 1;
  const piece = new Uint32Array((Math.min(1 + (random() % most), atMost) + 3) >>> 2);
  for (let i = 0; i < piece.length; i++) piece[i] = random();
  return new Uint8Array(piece.buffer).subarray(0, Math.min(atMost, piece.byteLength));
}

/** xorshift32 */
function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
