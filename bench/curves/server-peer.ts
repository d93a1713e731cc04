// A server of the curves, in a process of its own: server-peer KIND. Prints its port.

import http from "node:http";
import net from "node:net";
import { serve } from "wirepane/http";
import { type Address, echo, listen } from "wirepane/tcp";

const start = new Map<string, () => Promise<number | undefined>>([
  ["echo", wirepaneEcho],
  ["http", wirepaneHttp],
  ["net echo", netEcho],
  ["node:http", nodeHttp],
]).get(process.argv[2] ?? "");
if (!start) throw new Error(`no server ${process.argv[2]}`);
console.log(await start());

async function wirepaneEcho() {
  const listener = await listen({ handler: echo, backlog: 4096 });
  return portOf(listener.address);
}

async function wirepaneHttp() {
  const server = await serve({
    backlog: 4096,
    maxRequestsPerConnection: Number.POSITIVE_INFINITY,
    handler: ({ fields }) => {
      let octets = 0;
      for (const [name, value] of fields) octets += name.length + value.length;
      return { fields: [["Content-Type", "text/plain"]], body: `${octets} octets of fields` };
    },
  });
  return portOf(server.address);
}

async function netEcho() {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => socket.write(chunk));
    socket.on("error", () => socket.destroy()); // the load leaves with a reset
  });
  return listening(server);
}

async function nodeHttp() {
  const server = http.createServer({ keepAlive: true }, ({ rawHeaders }, response) => {
    let octets = 0;
    for (const text of rawHeaders) octets += text.length;
    const body = `${octets} octets of fields`;
    response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": body.length }).end(body);
  });
  return listening(server);
}

function listening(server: net.Server): Promise<number | undefined> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => resolve(portOf(server.address())));
  });
}

function portOf(address: Address | net.AddressInfo | string | null): number | undefined {
  return typeof address === "object" && address !== null && "port" in address ? address.port : undefined;
}
