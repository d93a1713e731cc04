import { Http1Connection } from "../../src/http1/connection.ts";
import { NEED_DATA, PAUSED, type ResponseHead } from "../../src/http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../../src/http1/fields.ts";
import { UNLIMITED } from "./inputs.ts";

const ANSWER: ResponseHead = {
  type: "response",
  status: 200,
  reason: "",
  version: "1.1",
  fields: new Fields(["Content-Length", "0"]),
};
const END = { type: "end", trailers: EMPTY_FIELDS } as const;

/** Gives a server the bytes in pieces of this size, and answers what it reads. All pieces use the same memory. */
export function readAll(bytes: Uint8Array, pieceSize: number): void {
  const server = new Http1Connection({ role: "server", limits: UNLIMITED });
  const memory = new Uint8Array(Math.min(pieceSize, bytes.length));
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const size = Math.min(pieceSize, bytes.length - at);
    // No new view of the bytes for each piece: making a view costs more than reading the piece.
    if (size === 1) memory[0] = bytes[at] as number;
    else memory.set(bytes.subarray(at, at + size));
    server.receive(size === memory.length ? memory : memory.subarray(0, size));
    readEvents(server);
  }
}

function readEvents(server: Http1Connection): void {
  for (;;) {
    const event = server.nextEvent();
    if (event === NEED_DATA || event === PAUSED) return;
    if (event.type !== "end") continue;
    server.send(ANSWER);
    server.send(END);
    server.startNextCycle();
  }
}
