// Three clients of one echo server. The first client connects and says nothing for half a second. Prints when each client
// got its answer.
//
//     node docs/guide/who-waits.js sequential
//     node docs/guide/who-waits.js threads
import { setTimeout } from "node:timers/promises";
import { connect, echo, formatAddress, listen } from "wirepane/tcp";

const model = process.argv[2] === "threads" ? "threads" : "sequential";
const listener = await listen({ model, workers: 2, handler: echo });
const port = Number(formatAddress(listener.address).split(":").pop());

const start = performance.now();

/** @param {number} number @param {number} silentMs */
async function client(number, silentMs) {
  const connection = await connect({ port });
  await setTimeout(silentMs);
  await connection.write("hello\n");
  await connection.read();
  console.log(`client ${number}: answer after ${Math.round(performance.now() - start)} ms`);
  await connection.end();
  await connection.closed;
}

const slow = client(1, 500);
await setTimeout(50); // the first client is there before the others
await Promise.all([slow, client(2, 0), client(3, 0)]);
await listener.close();
