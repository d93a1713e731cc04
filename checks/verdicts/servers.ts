import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { latin1 } from "../../src/bytes/text.ts";
import { text } from "../../src/http/server/handler.ts";
import { serve } from "../../src/http/server/server.ts";
import { unknownMethod } from "../../src/http/server/unhandled-request.ts";

/** A server on 127.0.0.1 that answers every request with 200 and its target. */
export interface Origin extends AsyncDisposable {
  readonly port: number;
}

/**
 * Our server. `onRequest` is called for each request that the handler answers with 200, with the content it has read.
 */
export async function wirepaneOrigin(onRequest: (request: string) => void): Promise<Origin> {
  const server = await serve({
    host: "127.0.0.1",
    port: 0,
    handler: async (request) => {
      const unknown = unknownMethod(request.method);
      if (unknown !== undefined) return unknown;
      const content = latin1(await request.bytes());
      onRequest(`${request.method} ${request.target} "${content}"`);
      return text(request.target);
    },
  });
  const { address } = server;
  if (address.family === "unix") throw new Error("a port was asked for");
  return { port: address.port, [Symbol.asyncDispose]: () => server.close() };
}

/** node:http with its defaults, and the answer to broken requests that its documentation shows. */
export async function nodeOrigin(): Promise<Origin> {
  const server = http.createServer((request, response) => {
    request.resume().on("end", () => response.end(request.url));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return;
    const status = STATUS_OF[error.code ?? ""] ?? 400;
    socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const STATUS_OF: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
