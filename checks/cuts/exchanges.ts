import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { gzipSync } from "node:zlib";
import { HttpClient, type HttpClientOptions } from "../../src/http/client/client.ts";
import { fetchWith } from "../../src/http/client/fetch.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import type { Answer, ServerRequest } from "../../src/http/server/handler.ts";
import { connect } from "../../src/tcp/connect.ts";

/*
 * The exchanges that the check cuts. Each exchange first runs once without a fault. What both ends report then is what
 * they must report in every run that they call a success.
 */

/** What a client received of one response. */
export interface Reply {
  /** 0 if no response head came. */
  status: number;
  trailers: string;
  content: Buffer;
  error?: unknown;
}

export interface Exchange {
  readonly name: string;
  readonly tls?: boolean;
  /**
   * Only the end of the connection ends the content (RFC 9112 §6.3). Without TLS nobody can tell an early FIN from that
   * end.
   */
  readonly endsWithConnection?: boolean;
  /**
   * "echo": plain TCP. A text: a server that sends this text after every head, and then ends if `endsWithConnection`.
   */
  readonly server: ((request: ServerRequest, content: Buffer) => Answer) | "echo" | string;
  /** The client has no timeout, so a connection that falls silent would show nothing. */
  readonly withoutDeadline?: boolean;
  /** The client is not ours: any error of it is accepted, but what it calls complete must be complete. */
  readonly foreignClient?: boolean;
  readonly client: (target: Target) => Promise<Reply[]>;
}

/** The address of the server, and the options for our client. */
export interface Target {
  readonly port: number;
  readonly origin: string;
  readonly clientOptions: HttpClientOptions;
}

const TEXT = "The relay hands on every byte as it is.";
const BIG = Buffer.alloc(150_000, "0123456789abcdef\n");

export const EXCHANGES: readonly Exchange[] = [
  { name: "GET, Content-Length", server: () => ({ body: TEXT }), client: requests({}) },
  {
    name: "GET, chunked with trailers",
    server: () => ({
      body: piecesOf("one", "two two", "three three three"),
      trailers: () => [["X-Sum", "7c4"]],
    }),
    client: requests({}),
  },
  {
    name: "GET, close-delimited",
    endsWithConnection: true,
    server: () => ({ body: piecesOf(TEXT, TEXT) }),
    client: requests({ version: "1.0" }),
  },
  { name: "HEAD", server: () => ({ body: TEXT }), client: requests({ method: "HEAD" }) },
  { name: "DELETE, 204", server: () => ({ status: 204 }), client: requests({ method: "DELETE" }) },
  {
    name: "GET, 304 with the length of what is not sent",
    server: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 1000\r\n\r\n',
    client: requests({ fields: [["If-None-Match", '"a"']] }),
  },
  {
    name: "GET, 103 before the answer",
    server: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: ${TEXT.length}\r\n\r\n${TEXT}`,
    client: requests({}),
  },
  {
    name: "POST, Content-Length",
    server: (_, content) => ({ status: 201, body: `${content.length} bytes` }),
    client: requests({ method: "POST", body: TEXT }),
  },
  {
    name: "POST, chunked with trailers",
    server: (request, content) => ({ body: `${content}${request.trailers.get("x-sum")}` }),
    client: (target) => {
      const body = piecesOf("four", "five five"); // a stream can be sent only once
      return requests({ method: "POST", body, trailers: () => [["X-Sum", "9"]] })(target);
    },
  },
  {
    name: "PUT, 100-continue",
    server: (_, content) => ({ body: content }),
    client: requests({ method: "PUT", body: TEXT, expectContinue: true }),
  },
  {
    name: "GET, gzip",
    server: () => ({ fields: [["Content-Encoding", "gzip"]], body: gzipSync(TEXT.repeat(4)) }),
    client: requests({ decode: true }),
  },
  {
    name: "GET, gzip, close-delimited",
    endsWithConnection: true,
    server: () => ({ fields: [["Content-Encoding", "gzip"]], body: piecesOf(gzipSync(TEXT.repeat(4))) }),
    client: requests({ decode: true, version: "1.0" }),
  },
  {
    name: "two GETs, one after the other",
    server: (request) => ({ body: `${request.target} ${TEXT}` }),
    client: requests({ target: "/first" }, { target: "/second" }),
  },
  {
    name: "POST after GET",
    server: (request, content) => ({ body: `${request.target} ${content}` }),
    client: requests({ target: "/first" }, { method: "POST", target: "/second", body: TEXT }),
  },
  {
    name: "two POSTs, pipelined by hand",
    foreignClient: true,
    endsWithConnection: true,
    withoutDeadline: true,
    server: (_, content) => ({ body: content }),
    client: byHand(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirstPOST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\n`,
    ),
  },
  {
    name: "fetch, JSON",
    server: () => ({ fields: [["Content-Type", "application/json"]], body: '{"cut":"anywhere"}' }),
    client: fetched,
  },
  { name: "GET, large and chunked", server: () => ({ body: piecesOf(BIG) }), client: requests({}) },
  {
    name: "POST, large",
    server: (_, content) => ({ body: `${content.length} bytes` }),
    client: requests({ method: "POST", body: BIG }),
  },
  { name: "TCP echo", endsWithConnection: true, withoutDeadline: true, server: "echo", client: echoed },
  {
    name: "TLS: GET, Content-Length",
    tls: true,
    server: () => ({ body: TEXT }),
    client: requests({}),
  },
  {
    name: "TLS: GET, close-delimited",
    tls: true,
    server: () => ({ body: piecesOf(TEXT, TEXT) }),
    client: requests({ version: "1.0" }),
  },
];

/** curl as a second reader of the bytes that our server sends. */
export function curlExchanges(curl: string): readonly Exchange[] {
  const client = byProgram(curl, ["-sS", "--include", "--max-time", "30"]);
  const common = { foreignClient: true, withoutDeadline: true, client };
  return [
    { ...common, name: "curl: GET, Content-Length", server: () => ({ body: TEXT }) },
    { ...common, name: "curl: GET, chunked", server: () => ({ body: piecesOf("one", "two two") }) },
  ];
}

/** Sends one request after the other with one client, and stops at the first failure. */
function requests(...inputs: Omit<RequestInput, "url">[]): Exchange["client"] {
  return async ({ origin, clientOptions }) => {
    await using client = new HttpClient(clientOptions);
    const replies: Reply[] = [];
    for (const input of inputs) {
      const reply = noReply();
      replies.push(reply);
      try {
        const response = await client.request({ url: origin, defaultFields: false, ...input });
        reply.status = response.status;
        for await (const bytes of response.body) reply.content = Buffer.concat([reply.content, bytes]);
        reply.trailers = response.trailers.lines.join();
      } catch (error) {
        reply.error = error;
        break;
      }
    }
    return replies;
  };
}

async function fetched({ origin, clientOptions }: Target): Promise<Reply[]> {
  await using client = new HttpClient(clientOptions);
  const reply = noReply();
  try {
    const response = await fetchWith(client)(origin);
    reply.status = response.status;
    reply.content = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    // fetch rejects with a TypeError that has our error as its cause.
    reply.error = error instanceof TypeError ? error.cause : error;
  }
  return [reply];
}

async function echoed({ port }: Target): Promise<Reply[]> {
  const reply = noReply();
  try {
    await using connection = await connect({ port });
    await connection.write(TEXT);
    await connection.end();
    for await (const bytes of connection) reply.content = Buffer.concat([reply.content, bytes]);
  } catch (error) {
    reply.error = error;
  }
  return [reply];
}

/** Sends the whole text at once and reads until the connection ends: it knows no framing. */
function byHand(text: string): Exchange["client"] {
  return async ({ port }) => {
    const reply = noReply();
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.on("data", (bytes) => {
      reply.content = Buffer.concat([reply.content, bytes]);
    });
    await new Promise<void>((resolve) => {
      socket.on("error", (error) => {
        reply.error = error;
      });
      socket.on("close", () => resolve());
      socket.write(text);
    });
    return [reply];
  };
}

function byProgram(program: string, args: readonly string[]): Exchange["client"] {
  return async ({ origin }) => {
    const reply = noReply();
    const child = spawn(program, [...args, origin], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.on("data", (bytes: Buffer) => {
      reply.content = Buffer.concat([reply.content, bytes]);
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) reply.error = new Error(`exit code ${code}`);
    // curl accepts a head that the end of the connection has cut.
    else if (!reply.content.includes("\r\n\r\n")) reply.error = new Error("half a head");
    return [reply];
  };
}

async function* piecesOf(...pieces: (string | Buffer)[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) yield Buffer.from(piece);
}

const noReply = (): Reply => ({ status: 0, trailers: "", content: Buffer.alloc(0) });
