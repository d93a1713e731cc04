// A client that sends all it has and says so, and a server that answers only then. Prints the recording of both ends.
//
//     node docs/guide/half-close.js > half-close.ndjson
import { connect, formatAddress, listen } from "wirepane/tcp";
import { recordTrace, toNdjson } from "wirepane/trace";

const recorder = recordTrace();
const listener = await listen({
  // As `sort` does: nobody can sort before the last line is known.
  handler: async (connection) => {
    let text = "";
    for await (const bytes of connection) text += new TextDecoder().decode(bytes);
    await connection.write(`${text.trim().split("\n").sort().join("\n")}\n`);
    await connection.end();
  },
  observe: () => recorder.observe("server"),
});
const port = Number(formatAddress(listener.address).split(":").pop());

const client = await connect({ port, observer: recorder.observe("client") });
await client.write("pear\napple\nfig\n");
await client.end(); // FIN: without it, each end would wait for the other
for await (const _ of client);
await client.closed;
await listener.close();
console.log(recorder.records.map(toNdjson).join("\n"));
