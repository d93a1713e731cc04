// An app as many people write it: app NAME MODULE. Tells its parent the port.

import type { AddressInfo, Server } from "node:net";
import { Readable } from "node:stream";

const [, , name, path = ""] = process.argv;
const lines = () => Readable.from(Array.from({ length: 100 }, (_, i) => `line ${i}\n`));
const server = name === "fastify" ? await fastify() : await express();
process.send?.((server.address() as AddressInfo).port);

async function fastify(): Promise<Server> {
  const { default: create } = await import(path);
  const app = create({ bodyLimit: 2 ** 24 });
  app.addContentTypeParser(
    "application/octet-stream",
    { parseAs: "buffer" },
    (_: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body),
  );
  app.get("/json", async (request: { query: unknown }) => ({ query: request.query }));
  app.get("/stream", async () => lines());
  app.post("/upload", async (request: { body: Buffer }) => ({ length: request.body.length }));
  app.get("/broken", async () => {
    throw new Error("on purpose");
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return app.server;
}

interface Response {
  json(value: unknown): void;
  status(code: number): Response;
}

async function express(): Promise<Server> {
  const { default: create } = await import(path);
  const app = create();
  app.get("/json", (request: { query: unknown }, response: Response) =>
    response.json({ query: request.query }),
  );
  app.get("/stream", (_: unknown, response: NodeJS.WritableStream) => lines().pipe(response));
  app.post("/upload", create.raw({ limit: 2 ** 24 }), (request: { body: Buffer }, response: Response) =>
    response.json({ length: request.body.length }),
  );
  app.get("/broken", (_: unknown, response: Response) => response.status(500).json({ error: "on purpose" }));
  return new Promise((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
  });
}
