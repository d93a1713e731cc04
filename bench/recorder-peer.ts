// Client and server in one process: recorder-peer on|off WARM-UP-MS MEASURE-MS

import { HttpClient, recordTrace, serve, text } from "wirepane";
import { HELLO } from "./hello.ts";
import { type BenchRequest, requests } from "./requests.ts";
import type { Measurement } from "./row.ts";

const CONNECTIONS = 50;
const [mode = "", warmUpMs = "0", measureMs = "0"] = process.argv.slice(2);

const recorder = mode === "on" ? recordTrace() : undefined;
const observed = recorder && { observe: (role: "client" | "server") => recorder.observe(role) };
const server = await serve({
  handler: () => text(HELLO),
  maxRequestsPerConnection: Number.POSITIVE_INFINITY,
  ...observed,
});
const client = new HttpClient({ maxConnectionsPerOrigin: CONNECTIONS, ...observed });
const { origin } = new URL(server.url);

let next = 0;
await load(Number(warmUpMs));
const cpu = process.cpuUsage();
const start = performance.now();
const answers = await load(Number(measureMs));
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
if (recorder?.records.length === 0) throw new Error("nothing was recorded");
const measurement: Measurement = { value: answers / seconds, cpu: (user + system) / answers };
console.log(JSON.stringify(measurement));
process.exit();

async function load(ms: number): Promise<number> {
  let answered = 0;
  let running = true;
  setTimeout(() => {
    running = false;
  }, ms);
  const loop = async () => {
    while (running) {
      const { path, headers } = requests[next++ % requests.length] as BenchRequest;
      const response = await client.request({ url: origin + path, fields: headers });
      if ((await response.text()) !== HELLO) throw new Error("another content");
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  return answered;
}
