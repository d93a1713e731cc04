// One HTTP client in a process of its own: client-peer PEER PORT CONNECTIONS PIPELINED WARM-UP-MS MEASURE-MS [PACKAGE]
// It keeps CONNECTIONS × PIPELINED requests in flight, and reads every answer to its end.

import http from "node:http";
import net from "node:net";
import { Pool } from "undici";
import { fetchWith, HttpClient } from "wirepane/http";
import { type BenchRequest, requests } from "./requests.ts";
import { expectContent, responses } from "./responses.ts";
import type { Measurement } from "./row.ts";

const [peer = "", port = "", ...rest] = process.argv.slice(2);
const [connections = 1, pipelined = 1, warmUpMs = 0, measureMs = 0] = rest.map(Number);
const packagePath = rest[4] ?? "";
const origin = `http://127.0.0.1:${port}`;

/** The URL for clients that take whole URLs. */
const urls = new Map(requests.map((request) => [request, origin + request.path]));
const urlOf = (request: BenchRequest) => urls.get(request) as string;

/** Sends one request, and checks its answer. */
type Ask = (request: BenchRequest) => Promise<void>;
/** Sends requests for this many milliseconds, and returns the number of answers. */
type Load = (ms: number) => Promise<number>;

const loads: Record<string, () => Load | Promise<Load>> = {
  "wirepane HttpClient": () => inLoops(wirepaneClient()),
  "wirepane fetch": () => inLoops(fetching(fetchWith(client()))),
  "undici request": () => inLoops(undiciRequest()),
  "undici dispatch": () => inLoops(undiciDispatch()),
  "node:http agent": () => inLoops(nodeHttp()),
  "fetch built in": () => inLoops(fetching(fetch)),
  got: async () => inLoops(await got()),
  axios: async () => inLoops(await axios()),
  "raw net, onread": rawNet,
};

const load = await loads[peer]?.();
if (!load) throw new Error(`no peer ${peer}`);
await load(warmUpMs);
const cpu = process.cpuUsage();
const start = performance.now();
const answers = await load(measureMs);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
const measurement: Measurement = { value: answers / seconds, cpu: (user + system) / answers };
console.log(JSON.stringify(measurement));
process.exit();

function inLoops(ask: Ask): Load {
  let next = 0;
  return async (ms) => {
    let answered = 0;
    let running = true;
    setTimeout(() => {
      running = false;
    }, ms);
    const loop = async () => {
      while (running) {
        await ask(requests[next++ % requests.length] as BenchRequest);
        answered++;
      }
    };
    await Promise.all(Array.from({ length: connections * pipelined }, loop));
    return answered;
  };
}

function client() {
  return new HttpClient({ maxConnectionsPerOrigin: connections, pipelining: pipelined });
}

function wirepaneClient(): Ask {
  const ours = client();
  return async (request) => {
    const response = await ours.request({ url: urlOf(request), fields: request.headers });
    expectContent(response.status, await response.bytes());
  };
}

function undiciPool() {
  return new Pool(origin, { connections, pipelining: pipelined });
}

function undiciRequest(): Ask {
  const pool = undiciPool();
  return async ({ path, headers }) => {
    const { statusCode, body } = await pool.request({ path, method: "GET", headers });
    expectContent(statusCode, await body.bytes());
  };
}

/** undici's fastest way: the handlers of version 6, called when the bytes come. */
function undiciDispatch(): Ask {
  const pool = undiciPool();
  return ({ path, headers }) =>
    new Promise((resolve, reject) => {
      let status = 0;
      let content: Buffer | undefined;
      pool.dispatch(
        { path, method: "GET", headers },
        {
          onConnect() {},
          onHeaders(statusCode) {
            status = statusCode;
            return true;
          },
          onData(chunk) {
            content = content === undefined ? chunk : Buffer.concat([content, chunk]);
            return true;
          },
          onComplete() {
            if (content === undefined) return reject(new Error("no content"));
            expectContent(status, content);
            resolve();
          },
          onError: reject,
        },
      );
    });
}

function nodeHttp(): Ask {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  return ({ path, headers }) =>
    new Promise((resolve, reject) => {
      const get = http.get({ agent, host: "127.0.0.1", port, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          expectContent(
            response.statusCode ?? 0,
            chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
          );
          resolve();
        });
      });
      get.on("error", reject);
    });
}

function fetching(fetchOne: typeof fetch): Ask {
  return async (request) => {
    const response = await fetchOne(urlOf(request), { headers: request.headers });
    expectContent(response.status, new Uint8Array(await response.arrayBuffer()));
  };
}

interface Options {
  readonly headers: Readonly<Record<string, string>>;
  readonly [option: string]: unknown;
}

async function got(): Promise<Ask> {
  const { default: get } = (await import(packagePath)) as {
    default(url: string, options: Options): Promise<{ statusCode: number; rawBody: Uint8Array }>;
  };
  const agent = { http: new http.Agent({ keepAlive: true, maxSockets: connections }) };
  const common = { agent, responseType: "buffer", throwHttpErrors: false, retry: { limit: 0 } };
  return async (request) => {
    const { statusCode, rawBody } = await get(urlOf(request), { ...common, headers: request.headers });
    expectContent(statusCode, rawBody);
  };
}

async function axios(): Promise<Ask> {
  const { default: library } = (await import(packagePath)) as {
    default: { get(url: string, options: Options): Promise<{ status: number; data: Uint8Array }> };
  };
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const common = { httpAgent, responseType: "arraybuffer", validateStatus: null, proxy: false };
  return async (request) => {
    const { status, data } = await library.get(urlOf(request), { ...common, headers: request.headers });
    expectContent(status, data);
  };
}

/**
 * The floor sends the same request each time and parses nothing. The server answers each connection with its responses
 * in a fixed order, so the number of bytes tells when an answer is complete.
 */
async function rawNet(): Promise<Load> {
  const questions = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(pipelined);
  const buffer = Buffer.alloc(65_536);
  let running = true;
  let answered = 0;
  let onIdle = () => {};
  const sockets = await Promise.all(Array.from({ length: connections }, connected));
  return (ms) =>
    new Promise((resolve) => {
      running = true;
      answered = 0;
      let asking = connections;
      onIdle = () => {
        if (--asking === 0) resolve(answered);
      };
      setTimeout(() => {
        running = false;
      }, ms);
      for (const socket of sockets) socket.write(questions, "latin1");
    });

  function connected(): Promise<net.Socket> {
    let next = 0;
    let expected = expectedBytes();
    const callback = (length: number) => {
      expected -= length;
      if (expected < 0) throw new Error("more bytes than the answers have");
      if (expected > 0) return true;
      answered += pipelined;
      expected = expectedBytes();
      if (running) socket.write(questions, "latin1");
      else onIdle();
      return true;
    };
    const socket = net.connect({
      host: "127.0.0.1",
      port: Number(port),
      noDelay: true,
      onread: { buffer, callback },
    });
    return new Promise((resolve, reject) => socket.on("connect", () => resolve(socket)).on("error", reject));

    function expectedBytes(): number {
      let bytes = 0;
      for (let i = 0; i < pipelined; i++) bytes += responses[next++ % responses.length]?.length ?? 0;
      return bytes;
    }
  }
}
