import { latin1Bytes } from "../../src/bytes/text.ts";
import { serveConnection } from "../../src/http/server/connection.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";
import { INPUTS } from "./inputs.ts";
import { readAll } from "./read-all.ts";

/** One thing that takes time, for inputs of any size. */
export interface Subject {
  readonly name: string;
  readonly pieceSize: number;
  readonly act: (bytes: Uint8Array, pieceSize: number) => Promise<void> | void;
  readonly input: (size: number) => Uint8Array;
  /** Of the smaller input, in bytes. */
  readonly size: number;
}

/** The large input is so many times as long as the small one. */
export const TIMES = 16;
export const WHOLE = Number.POSITIVE_INFINITY;
const PIECES = [1, 64, WHOLE];
/** Sixteen times as much is still no list so long that V8 maps memory of its own for it, which takes longer. */
const CORE_SIZE = 1 << 11;
/** Each octet is a call through every layer of the server, and a turn of the microtask queue. */
const SERVER_SIZE = 1 << 10;

const ofCore = Object.keys(INPUTS).flatMap((name) =>
  PIECES.map(
    (pieceSize): Subject => ({ name, pieceSize, act: readAll, input: inputOf(name), size: CORE_SIZE }),
  ),
);

const ofServer = ["content", "chunks of one byte", "small requests"].map(
  (name): Subject => ({
    name: `server: ${name}`,
    pieceSize: 1,
    act: serveAll,
    input: inputOf(name),
    size: SERVER_SIZE,
  }),
);

export const SUBJECTS: readonly Subject[] = [...ofCore, ...ofServer];

function inputOf(name: string): Subject["input"] {
  const input = INPUTS[name] as (size: number) => string;
  return (size) => latin1Bytes(input(size));
}

/** Gives a server the bytes over memory, so that they go through all of its layers. */
async function serveAll(bytes: Uint8Array, pieceSize: number): Promise<void> {
  const [client, server] = memoryConnectionPair();
  client.attach({ onBytes() {}, onEnd() {}, onClose() {} });
  const handler = async (request: { readonly body: AsyncIterable<Uint8Array> }) => {
    for await (const _ of request.body);
    return { status: 204 };
  };
  const served = serveConnection(server, { handler });
  for (let at = 0; at < bytes.length; at += pieceSize) await client.write(bytes.subarray(at, at + pieceSize));
  await client.end();
  await served;
}
