/** The server behind the proxy, by node:net alone: echoes, or sends without end to who says "flood". */
import net from "node:net";

const FLOOD = Buffer.alloc(65_536, "f");
/** What the clients that stop reading were sent, as far as the kernel took it. */
let flooded = 0;

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  socket.once("data", (first) => {
    if (String(first) === "flood\n") return flood(socket);
    socket.write(first);
    socket.on("data", (bytes) => socket.write(bytes));
  });
});

function flood(socket: net.Socket): void {
  const more = (): void => {
    while (socket.writable && socket.write(FLOOD, () => (flooded += FLOOD.length)));
  };
  socket.on("drain", more);
  more();
}

process.on("message", () => process.send?.({ flooded }));
process.on("disconnect", () => process.exit(0));
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
  process.send?.({ port: (server.address() as net.AddressInfo).port }),
);
