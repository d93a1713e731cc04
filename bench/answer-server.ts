// Answers every request head on a connection with one of a few ready responses, as fast as Node can; no parsing
// beyond looking for the empty line. Prints its port. The requests of the benchmark have no content.

import net from "node:net";
import { responses } from "./responses.ts";

const EMPTY_LINE = Buffer.from("\r\n\r\n");
let next = 0;

const server = net.createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    const received = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = received.indexOf(EMPTY_LINE); end !== -1; end = received.indexOf(EMPTY_LINE, start)) {
      start = end + EMPTY_LINE.length;
      socket.write(responses[next++ % responses.length] as string, "latin1");
    }
    rest = received.subarray(start);
  });
  socket.on("error", () => socket.destroy()); // the client of a finished round went away
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : address);
});
