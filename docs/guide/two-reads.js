// One write that is read in two pieces, and two writes that are read in one piece. Prints the recording of both ends.
//
//     node docs/guide/two-reads.js > two-reads.ndjson
import { connect, formatAddress, listen } from "wirepane/tcp";
import { recordTrace, toNdjson } from "wirepane/trace";

const recorder = recordTrace();
const listener = await listen({
  handler: async (connection) => {
    for await (const _ of connection); // until the client's FIN
    await connection.write("one line, ");
    await connection.write("two writes\n");
    await connection.end();
  },
  observe: () => recorder.observe("server"),
});
const port = Number(formatAddress(listener.address).split(":").pop());

const client = await connect({ port, observer: recorder.observe("client") });
await client.write("x".repeat(100_000));
await client.end();
for await (const _ of client);
await client.closed;
await listener.close();
console.log(recorder.records.map(toNdjson).join("\n"));
