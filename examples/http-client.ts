// An HTTP client by hand: a TCP connection, the bytes of a request, and the bytes of the response, read one event after
// the other. HttpClient and fetch() do the same for you.
//
//     npx wirepane serve --port 8080                (a server to talk to)
//     npm run example -- http-client [http://127.0.0.1:8080/hello]

import { Fields, Http1Connection, NEED_DATA, PAUSED } from "wirepane/http1";
import { connect } from "wirepane/tcp";

const given = process.argv[2] ?? "http://127.0.0.1:8080/hello";
const url = URL.canParse(given) ? new URL(given) : undefined;
if (url?.protocol !== "http:") {
  console.error(
    "usage: http-client [http://HOST[:PORT]/PATH]; https: would need TLS, which HttpClient speaks",
  );
  process.exit(2);
}

const connection = await connect({
  host: url.hostname.replace(/^\[|\]$/g, ""),
  port: Number(url.port || 80),
}).catch((error) => {
  console.error(error.message); // names the addresses that were tried, and the error of each
  process.exit(1);
});
// The protocol does not know sockets: it turns bytes into events, and events into bytes.
const http = new Http1Connection({ role: "client" });

const fields = Fields.from({ Host: url.host, Connection: "close" });
const target = url.pathname + url.search;
await connection.write(http.send({ type: "request", method: "GET", target, version: "1.1", fields }));
await connection.write(http.send({ type: "end", trailers: new Fields() }));

let complete = false;
while (!complete) {
  const event = http.nextEvent();
  if (event === NEED_DATA) {
    const bytes = await connection.read();
    if (bytes) http.receive(bytes);
    else http.receiveEnd(); // the server ended the connection, which may complete the content
    continue;
  }
  if (event === PAUSED) break;
  switch (event.type) {
    case "informational": // 1xx: the real response comes later
    case "response":
      console.error(`HTTP/${event.version} ${event.status} ${event.reason}`);
      for (const [name, value] of event.fields) console.error(`${name}: ${value}`);
      break;
    case "data":
      process.stdout.write(event.bytes);
      break;
    case "end":
      complete = true;
  }
}
await connection.end();
