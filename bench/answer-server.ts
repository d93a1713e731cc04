// Replaces c/answer-server.c on machines without a C compiler: answers every request head on a connection with the next
// response, beginning with the first. It does not parse: it only looks for the empty line. Prints its port.

import net from "node:net";
import { listening } from "./floors.ts";
import { responses } from "./responses.ts";

const EMPTY_LINE = "\r\n\r\n";

const server = net.createServer({ noDelay: true }, (socket) => {
  let next = 0;
  let rest = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    const received = rest + chunk;
    let answers = "";
    let start = 0;
    for (let end = received.indexOf(EMPTY_LINE); end !== -1; end = received.indexOf(EMPTY_LINE, start)) {
      start = end + EMPTY_LINE.length;
      answers += responses[next++ % responses.length];
    }
    rest = received.slice(start);
    socket.write(answers, "latin1");
  });
  socket.on("error", () => socket.destroy()); // the client of a finished round has left
});

console.log(await listening(server));
