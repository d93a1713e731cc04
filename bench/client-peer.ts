// One peer of the client row, in a process of its own: client-peer PEER CONNECTIONS PORT WARM-UP-MS MEASURE-MS

import http from "node:http";
import { Pool } from "undici";
import { HttpClient } from "wirepane";
import type { Measurement } from "./row.ts";

const [peer = "", count = "1", port = "", warmUpMs = "0", measureMs = "0"] = process.argv.slice(2);
const connections = Number(count);
const origin = `http://127.0.0.1:${port}`;
/** Does one request and says how long its content was. */
const request = new Map([
  ["undici request", undici],
  ["wirepane HttpClient", wirepane],
  ["node:http agent", nodeHttp],
]).get(peer)?.();
if (!request) throw new Error(`no peer ${peer}`);

await runFor(Number(warmUpMs), request);
const cpu = process.cpuUsage();
const start = process.hrtime.bigint();
const requests = await runFor(Number(measureMs), request);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.cpuUsage(cpu);
const measurement: Measurement = { value: requests / seconds, cpu: (user + system) / requests };
console.log(JSON.stringify(measurement));
process.exit();

async function runFor(ms: number, one: () => Promise<number>): Promise<number> {
  let requests = 0;
  let running = true;
  setTimeout(() => {
    running = false;
  }, ms);
  const loop = async () => {
    while (running) {
      const length = await one();
      if (length < 13 || length > 43) throw new Error(`a content of ${length} bytes was never sent`);
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return requests;
}

function wirepane() {
  const client = new HttpClient({ maxConnectionsPerOrigin: connections });
  const url = new URL("/", origin);
  return async () => {
    const response = await client.request({ url });
    return (await response.bytes()).length;
  };
}

function undici() {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  return async () => {
    const { body } = await pool.request({ path: "/", method: "GET" });
    return (await body.bytes()).length;
  };
}

function nodeHttp() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  return () =>
    new Promise<number>((resolve, reject) => {
      const get = http.get({ agent, host: "127.0.0.1", port }, (response) => {
        let length = 0;
        response.on("data", (chunk: Buffer) => (length += chunk.length));
        response.on("end", () => resolve(length));
      });
      get.on("error", reject);
    });
}
