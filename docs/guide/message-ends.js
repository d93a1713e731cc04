// Four requests over one connection. Each answer says in another way where it ends. Prints the recording of both ends.
//
//     node docs/guide/message-ends.js > message-ends.ndjson
import { HttpClient, practice, serve } from "wirepane/http";
import { recordTrace, toNdjson } from "wirepane/trace";

const recorder = recordTrace();
const server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
const client = new HttpClient({ observe: () => recorder.observe("client") });

/** @type {[method: string, path: string, version: "1.0" | "1.1"][]} */
const requests = [
  ["HEAD", "/hello", "1.1"], // no content, whatever the length says
  ["GET", "/hello", "1.1"], // as many bytes as the length says
  ["GET", "/chunked/2", "1.1"], // chunks, each with its size; the last one has the size 0
  ["GET", "/chunked/2", "1.0"], // HTTP/1.0 knows no chunks: the end of the connection is the end of the content
];
for (const [method, path, version] of requests) {
  const response = await client.request({ method, version, url: new URL(path, server.url) });
  await response.text();
}
await client.close();
await server.stop();
console.log(recorder.records.map(toNdjson).join("\n"));
