// Our reader alone, in a process of its own: parser-peer fields|head|chunked|content AMOUNT PIECE WARM-UP-MS MEASURE-MS
//
// AMOUNT: field lines, or octets. PIECE: octets for each call; 0: all at once. Prints the CPU time of a message, ns.

import { STRICT } from "../../src/http1/leniency.ts";
import { CLIENT_LIMITS } from "../../src/http1/limits.ts";
import { MessageReader } from "../../src/http1/message-reader.ts";
import { chunkedOf, headsOf, responsesOf, responseWith, strangeResponsesOf } from "./messages.ts";

const [kind = "", ...numbers] = process.argv.slice(2);
const [amount = 1, piece = 0, warmUpMs = 0, measureMs = 0] = numbers.map(Number);
const texts = new Map([
  ["fields", responsesOf],
  ["strange fields", strangeResponsesOf],
  ["head", headsOf],
  ["chunked", chunkedOf],
  ["content", (octets: number) => [responseWith(octets)]],
]).get(kind)?.(amount);
if (!texts) throw new Error(`no messages ${kind}`);

const messages = texts.map((text) => {
  const bytes = Buffer.from(text, "latin1");
  const size = piece === 0 ? bytes.length : piece;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
});
const reader = new MessageReader({
  reads: "response",
  limits: CLIENT_LIMITS,
  leniency: STRICT,
  observer: undefined,
});
let found = 0;

repeat(warmUpMs);
const before = process.cpuUsage();
const count = repeat(measureMs);
const { user, system } = process.cpuUsage(before);
if (found === 0) throw new Error("nothing was found");
console.log(JSON.stringify({ value: ((user + system) * 1000) / count }));

/** Runs until this much CPU time is used: on a shared machine, a fixed time would be too little work. */
function repeat(cpuMs: number): number {
  const before = process.cpuUsage();
  for (let count = 0; ; ) {
    for (const message of messages) read(message);
    count += messages.length;
    const { user, system } = process.cpuUsage(before);
    if (user + system >= cpuMs * 1000) return count;
  }
}

function read(pieces: readonly Buffer[]): void {
  let ended = false;
  for (const bytes of pieces) {
    reader.receive(bytes);
    for (let event = reader.next(); typeof event === "object"; event = reader.next()) {
      if (event.type === "response")
        for (const [name, value] of event.fields) found += name.length + value.length;
      if (event.type === "end") ended = true;
      if (ended) break;
    }
  }
  if (!ended) throw new Error("the message has no end");
  reader.startNextMessage();
}
