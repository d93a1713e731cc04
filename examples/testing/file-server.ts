// A server of one file, in chunks of 500 bytes. It understands "Range: bytes=1000-".
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";

export const FILE = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));

export async function serveFile() {
  const server = createServer(async (request, response) => {
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const start = Number(from ?? 0);
    if (from !== undefined)
      response.writeHead(206, { "Content-Range": `bytes ${start}-${FILE.length - 1}/${FILE.length}` });
    for (let at = start; at < FILE.length; at += 500) {
      response.write(FILE.subarray(at, at + 500));
      await setImmediate(); // Node makes one chunk of what is written at once
    }
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
