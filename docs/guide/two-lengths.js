// A request with Content-Length and Transfer-Encoding, and what the server says to it. Prints the recording of both ends.
//
//     node docs/guide/two-lengths.js > two-lengths.ndjson
import { practice, serve } from "wirepane/http";
import { connect } from "wirepane/tcp";
import { recordTrace, toNdjson } from "wirepane/trace";

const recorder = recordTrace();
const server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
const client = await connect({
  port: Number(new URL(server.url).port),
  observer: recorder.observe("client"),
});

const hidden = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
const content = `0\r\n\r\n${hidden}`; // no chunk at all, or 45 bytes: whom do you ask?
const fields = `Host: localhost\r\nContent-Length: ${content.length}\r\nTransfer-Encoding: chunked`;
await client.write(`POST /post HTTP/1.1\r\n${fields}\r\n\r\n${content}`);
for await (const _ of client);
await client.end();
await client.closed;
await server.stop();
console.log(recorder.records.map(toNdjson).join("\n"));
