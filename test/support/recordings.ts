import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpClient, practice, type RequestInput, serve } from "../../src/http.ts";
import { type ConnectOptions, connect, listen, type TcpConnection } from "../../src/tcp.ts";
import { recordTrace, type TraceRecord } from "../../src/trace.ts";
import { CERTIFICATE } from "./certificate.ts";

/** Real conversations over real sockets, recorded. */
export const RECORDINGS = {
  "exchanges over one connection": () => recordedExchanges({}),
  "exchanges over TLS": () =>
    recordedExchanges({ listen: { tls: CERTIFICATE }, connect: { tls: { ca: [CERTIFICATE.cert] } } }),
  "exchanges over IPv6": () => recordedExchanges({ listen: { host: "::1" } }),
  "exchanges over a Unix socket": exchangesOverUnix,
  "every kind of response, from a server of others": everyKindOfResponse,
  "an echo of a megabyte": echoOfAMegabyte,
  "three requests in one write": threeRequestsInOneWrite,
  "a server that resets": aReset,
  "a refused connection": aRefusal,
} satisfies Record<string, () => Promise<TraceRecord[]>>;

interface Place {
  readonly listen?: { readonly host?: string; readonly path?: string; readonly tls?: typeof CERTIFICATE };
  readonly connect?: ConnectOptions;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function recordedExchanges(place: Place): Promise<TraceRecord[]> {
  const recorder = recordTrace({ maxBytes: 64 * 1024 * 1024 });
  await using server = await serve({
    ...place.listen,
    handler: practice(),
    observe: () => recorder.observe("server"),
  });
  const client = new HttpClient({ ...place, observe: () => recorder.observe("client") });
  const to = (path: string) => new URL(path, place.listen?.path ? "http://localhost/" : server.url);
  const requests: RequestInput[] = [
    { url: to("hello") },
    { url: to("chunked/3") },
    { url: to("redirect/1"), fields: [["COOKIE", "a=1; b=two words"]] },
    { url: to("status/503") },
    { url: to("get?a=1&b=%20x&empty") },
    { url: to("hello"), method: "HEAD" },
    {
      url: to("post"),
      method: "POST",
      fields: [["Content-Type", "application/x-www-form-urlencoded"]],
      body: bytes("name=Ada&place=L%C3%B6wen"),
    },
    { url: to("post"), method: "POST", body: new Uint8Array(300_000).fill(0xfe) },
  ];
  for (const request of requests) await finish(client, request);
  await client.close();
  return [...recorder.records];
}

async function finish(client: HttpClient, request: RequestInput): Promise<void> {
  const response = await client.request(request);
  for await (const _ of response.body);
}

async function exchangesOverUnix(): Promise<TraceRecord[]> {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-recordings-"));
  try {
    const path = join(folder, "s");
    return await recordedExchanges({ listen: { path }, connect: { path } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const RESPONSES = [
  "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" +
    "Trailer: X-Sum\r\nContent-Type: text/plain\r\n\r\n4;n=1\r\nWiki\r\n5\r\npedia\r\n0\r\nX-Sum: 9\r\n\r\n",
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  "HTTP/1.1 200 OK\r\nSet-Cookie: s=1; Path=/; HttpOnly\r\nset-cookie: t=2; Secure; SameSite=Lax; " +
    "Expires=Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 6\r\nContent-Type: application/octet-stream\r\n\r\n\x89PNG\x00\xff",
  "HTTP/1.1 302 Found\r\nLocation: /else%20where\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>to the end of the connection</p>",
] as const;

/** A server that answers with the next of `RESPONSES`, byte for byte. Only the client is recorded. */
async function everyKindOfResponse(): Promise<TraceRecord[]> {
  const recorder = recordTrace();
  const responses = [...RESPONSES];
  const server = await listen({
    handler: async (connection) => {
      for await (const _ of connection) {
        const response = responses.shift() ?? "";
        for (const piece of response.split(/(?<=\r\n\r\n)/))
          await connection.write(Uint8Array.from(piece, (character) => character.charCodeAt(0)));
        if (responses.length === 0) await connection.end();
      }
    },
  });
  const url = `http://localhost:${portOf(server.address)}/`;
  const client = new HttpClient({ observe: () => recorder.observe("client"), connect: { family: 4 } });
  for (const _ of RESPONSES) await finish(client, { url: `${url}a?q="<ä>#2` });
  await client.close();
  await server.close();
  return [...recorder.records];
}

async function echoOfAMegabyte(): Promise<TraceRecord[]> {
  const recorder = recordTrace({ maxBytes: 64 * 1024 * 1024 });
  const server = await listen({
    observe: () => recorder.observe("server"),
    handler: async (connection) => {
      for await (const chunk of connection) await connection.write(chunk);
      await connection.end();
    },
  });
  const client = await connect({ port: portOf(server.address), observer: recorder.observe("client") });
  const sent = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 7) ^ (index >> 8));
  void client.write(sent).then(() => client.end());
  await allOf(client);
  await client.closed;
  await server.close();
  return [...recorder.records];
}

/** Only the server is recorded. */
async function threeRequestsInOneWrite(): Promise<TraceRecord[]> {
  const recorder = recordTrace();
  await using server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
  const client = await connect({ port: portOf(server.address) });
  const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  await client.write(
    request("/hello") + request("/status/404") + request("/chunked/2", "Connection: close\r\n"),
  );
  await allOf(client);
  await client.end();
  await client.closed;
  return [...recorder.records];
}

async function aReset(): Promise<TraceRecord[]> {
  const recorder = recordTrace();
  const server = await listen({
    observe: () => recorder.observe("server"),
    handler: async (connection) => {
      await connection.read();
      await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten octets");
      connection.abort();
    },
  });
  const client = new HttpClient({ observe: () => recorder.observe("client") });
  await finish(client, { url: `http://127.0.0.1:${portOf(server.address)}/` }).catch(() => {});
  await client.close();
  await server.close();
  return [...recorder.records];
}

async function aRefusal(): Promise<TraceRecord[]> {
  const recorder = recordTrace();
  const server = await listen({ handler: () => {} });
  const port = portOf(server.address);
  await server.close();
  await connect({ port, observer: recorder.observe("client") }).catch(() => {});
  return [...recorder.records];
}

function portOf(address: TcpConnection["local"]): number {
  return address.family === "unix" ? 0 : address.port;
}

async function allOf(connection: TcpConnection): Promise<void> {
  for await (const _ of connection);
}
