import net from "node:net";
import { HttpClient } from "../../src/http/client/client.ts";
import { fetchWith } from "../../src/http/client/fetch.ts";
import { connect } from "../../src/tcp/connect.ts";
import { CERTIFICATE } from "../../test/support/certificate.ts";
import type { Random } from "../random.ts";
import { pieces, type World } from "./world.ts";

/** An action that fails or is given up. It rejects with the error that a caller of ours would see. */
export interface Scenario {
  readonly name: string;
  run(world: World, signal: AbortSignal, random: Random): Promise<unknown>;
}

const TRUST = { ca: [CERTIFICATE.cert] };
/** An address that needs no look-up. */
const found = async () => [{ address: "127.0.0.1", family: 4 }];
const never = () => new Promise<never>(() => {});

/** Requests that their callers give up, at any time in the phase that gives the scenario its name. */
export const ABORTS: readonly Scenario[] = [
  {
    name: "resolve",
    run: ({ client, plainPort }, signal) =>
      client.request({ url: `http://nowhere.test:${plainPort}/`, connect: { lookup: never }, signal }),
  },
  {
    name: "connect",
    run: ({ client, plainPort }, signal) =>
      client.request({ url: `http://somewhere.test:${plainPort}/never`, connect: { lookup: found }, signal }),
  },
  {
    name: "TLS with who says nothing",
    run: ({ client, silentPort }, signal) =>
      client.request({ url: `https://localhost:${silentPort}/`, signal }),
  },
  {
    name: "TLS",
    run: ({ securePort }, signal) =>
      connect({ host: "localhost", port: securePort, tls: TRUST, signal }).then((it) => it.abort()),
  },
  {
    name: "queue",
    run: ({ narrow, plain }, signal) => narrow.request({ url: `${plain.url}never`, signal }),
  },
  { name: "head", run: ({ client, plain }, signal) => client.request({ url: `${plain.url}never`, signal }) },
  {
    name: "head over TLS",
    run: ({ client, securePort }, signal) =>
      client.request({ url: `https://localhost:${securePort}/never`, signal }),
  },
  {
    name: "continue",
    run: ({ client, plain, counts }, signal) =>
      client.request({
        url: `${plain.url}never`,
        method: "PUT",
        body: pieces(counts, 1),
        expectContinue: true,
        signal,
      }),
  },
  {
    name: "write",
    run: ({ client, plain, counts }, signal) =>
      client.request({ url: `${plain.url}never`, method: "PUT", body: pieces(counts, 1000), signal }),
  },
  {
    name: "write to who reads",
    run: async ({ client, plain, counts }, signal) =>
      (
        await client.request({ url: `${plain.url}take`, method: "PUT", body: pieces(counts, 64), signal })
      ).text(),
  },
  {
    name: "body",
    run: async ({ client, plain }, signal) =>
      (await client.request({ url: `${plain.url}drip`, signal })).bytes(),
  },
  {
    name: "body that is not read",
    run: async ({ client, plain }, signal) => {
      const response = await client.request({ url: `${plain.url}stream`, signal });
      await aborted(signal);
      await response.bytes();
    },
  },
  {
    name: "body of a file",
    run: async ({ client, plain }, signal, random) => {
      const url = `${plain.url}${random.pick(["large.bin", "file-stream"])}`;
      const response = await client.request({ url, signal });
      for await (const _ of response.body) if (random.chance(0.2)) return; // stops reading
    },
  },
  {
    name: "body of a HEAD",
    run: ({ client, plain }, signal) =>
      client.request({ url: `${plain.url}file-stream`, method: "HEAD", signal }),
  },
  {
    name: "fetch",
    run: async ({ client, plain }, signal, random) => {
      const path = random.pick(["never", "drip", "whole", "stream"]);
      const fetch = fetchWith(client);
      await (await fetch(`${plain.url}${path}`, { signal })).arrayBuffer();
    },
  },
  {
    name: "a timeout",
    run: ({ client, plain }, signal, random) =>
      client.request({ url: `${plain.url}never`, signal, timeoutMs: 1 + random.below(20) }),
  },
  {
    name: "the whole client",
    run: async ({ plain }, signal, random) => {
      const client = new HttpClient();
      const requests = ["never", "drip", "whole"].map(async (path) =>
        (await client.request({ url: `${plain.url}${path}` })).bytes(),
      );
      const settled = Promise.allSettled(requests);
      if (random.chance(0.5)) await aborted(signal);
      await client.close();
      await settled;
    },
  },
];

/** Handshakes that cannot succeed, at the client and at the server. */
export const HANDSHAKES: readonly Scenario[] = [
  {
    name: "nobody vouches for the certificate",
    run: ({ securePort }) => connect({ host: "localhost", port: securePort, tls: true }),
  },
  {
    name: "another's certificate",
    run: ({ securePort }) => connect({ port: securePort, tls: { ...TRUST, servername: "elsewhere.test" } }),
  },
  {
    name: "garbage in place of TLS",
    run: ({ garbagePort, client }) => client.request({ url: `https://localhost:${garbagePort}/` }),
  },
  {
    name: "an end in place of TLS",
    run: ({ endingPort, client }) => client.request({ url: `https://localhost:${endingPort}/` }),
  },
  {
    name: "TLS to who speaks HTTP",
    run: ({ plainPort, client }) => client.request({ url: `https://localhost:${plainPort}/` }),
  },
  {
    name: "HTTP to who speaks TLS",
    run: ({ securePort, client }) => client.request({ url: `http://localhost:${securePort}/` }),
  },
  {
    name: "garbage at our server",
    run: ({ securePort }, _, random) => vanish(securePort, "GET / HTTP/1.1\r\n", random),
  },
  {
    name: "half a ClientHello at our server",
    run: ({ securePort }, _, random) => vanish(securePort, "\x16\x03\x01\x01\x00\x01\x00\x00", random),
  },
];

/** Connections to addresses where no program listens. */
export const REFUSALS: readonly Scenario[] = [
  { name: "a port", run: ({ closedPort }) => connect({ port: closedPort }) },
  {
    name: "a name with two addresses",
    run: ({ closedPort }) => connect({ host: "localhost", port: closedPort }),
  },
  { name: "a Unix socket", run: () => connect({ path: "/nonexistent/wirepane.sock" }) },
  {
    name: "a request",
    run: ({ client, closedPort }) => client.request({ url: `http://127.0.0.1:${closedPort}/` }),
  },
  {
    name: "a request with content",
    run: ({ client, closedPort, counts }) =>
      client.request({ url: `http://127.0.0.1:${closedPort}/`, method: "PUT", body: pieces(counts, 3) }),
  },
];

/** Clients that leave our server too early. */
export const VANISHING: readonly Scenario[] = [
  "",
  "GET / HT",
  "GET /never HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /drip HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /file-stream HTTP/1.1\r\nHost: a\r\n\r\n",
  "HEAD /file-stream HTTP/1.1\r\nHost: a\r\n\r\n",
  "PUT /take HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nnot a thousand",
  "PUT /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
  "PUT /never HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
  "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5),
  "GET /whole HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20),
  "a: request\0that is none\r\n\r\n",
].map((bytes) => ({
  name: JSON.stringify(bytes.slice(0, 40)),
  run: ({ plainPort }, _, random) => vanish(plainPort, bytes, random),
}));

/**
 * Connects, sends the bytes, and leaves by a close, a reset, or a FIN and then a close. Half of the clients read
 * before.
 */
function vanish(port: number, bytes: string, random: Random): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const go = random.pick([
      () => socket.destroy(),
      () => socket.resetAndDestroy(),
      () => {
        socket.end();
        setImmediate(() => socket.destroy());
      },
    ]);
    socket.on("error", () => {}).on("close", () => resolve());
    if (random.chance(0.5)) socket.resume();
    socket.on("connect", () => {
      socket.write(bytes, "latin1");
      soon(random, go);
    });
  });
}

/** Runs `go` now, after some turns of the loop, or after some milliseconds. */
export function soon(random: Random, go: () => void): void {
  const turns = random.below(8);
  if (random.chance(0.3)) setTimeout(go, random.below(8));
  else afterTurns(turns, go);
}

function afterTurns(turns: number, go: () => void): void {
  if (turns === 0) go();
  else setImmediate(() => afterTurns(turns - 1, go));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
