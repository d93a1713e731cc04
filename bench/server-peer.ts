// One HTTP server in a process of its own: server-peer NAME [PACKAGE]. Prints its port. All answer 13 bytes of text.

import http from "node:http";
import type net from "node:net";
import type { AddressInfo } from "node:net";
import { serve, text } from "wirepane";
import { listening, serveByOnread } from "./floors.ts";
import { HELLO } from "./hello.ts";

const [, , name = "", packagePath = ""] = process.argv;

const servers: Record<string, () => Promise<number>> = {
  async "wirepane serve"() {
    const { address } = await serve({
      handler: () => text(HELLO),
      maxRequestsPerConnection: Number.POSITIVE_INFINITY, // like the others
    });
    return "port" in address ? address.port : 0;
  },
  "node:http": () =>
    listening(
      http.createServer((_request, response) => {
        response.setHeader("Content-Type", "text/plain; charset=utf-8");
        response.end(HELLO);
      }),
    ),
  async fastify() {
    const { default: fastify } = (await import(packagePath)) as { default: () => Fastify };
    const app = fastify();
    app.get("/*", (_request, reply) => reply.type("text/plain; charset=utf-8").send(HELLO));
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  },
  /** Parses nothing: it only counts empty lines. In this benchmark no chunk cuts an empty line. */
  "node:net, onread, constant answer"() {
    const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${HELLO.length}\r\n\r\n${HELLO}`;
    return serveByOnread((socket, bytes) => {
      let answers = "";
      for (let at = bytes.indexOf("\r\n\r\n"); at !== -1; at = bytes.indexOf("\r\n\r\n", at + 4))
        answers += answer;
      socket.write(answers, "latin1");
    });
  },
};

interface Fastify {
  readonly server: net.Server;
  get(path: string, handler: (request: unknown, reply: Reply) => unknown): void;
  listen(where: { port: number; host: string }): Promise<string>;
}
interface Reply {
  type(value: string): Reply;
  send(content: string): unknown;
}

const start = servers[name];
if (!start) throw new Error(`no server ${name}`);
console.log(await start());
