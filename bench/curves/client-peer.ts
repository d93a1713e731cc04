// A client of the curves, in a process of its own: client-peer KIND PORT CONNECTIONS PIPELINED WARM-UP-MS MEASURE-MS
// [PATH]
//
// Every connection always has PIPELINED operations in flight. Prints the cost of one operation as JSON.

import net from "node:net";
import { type Dispatcher, Pool } from "undici";
import { type ClientResponse, connect, HttpClient, type TcpConnection } from "wirepane";

const [kind = "", port = "", ...numbers] = process.argv.slice(2);
const [connections = 1, pipelined = 1, warmUpMs = 0, measureMs = 0] = numbers.map(Number);
const path = numbers[4] ?? "/";
/** How many connections are opened at the same time. */
const OPENED_AT_ONCE = 1000;

const message = Buffer.alloc(64, "e");

/** One operation, which a loop repeats. For echo, every loop has a connection of its own. */
type Operation = () => Promise<void>;

const prepare = new Map<string, () => () => Promise<Operation>>([
  ["http", () => wirepaneHttp(async (response) => (await response.bytes()).length)],
  ["http download", () => wirepaneHttp(({ body }) => octetsOf(body))],
  ["undici", () => undici(async (body) => (await body.bytes()).length)],
  ["undici download", () => undici(octetsOf)],
  ["echo", wirepaneEcho],
  ["net echo", netEcho],
]).get(kind)?.();
if (!prepare) throw new Error(`no client ${kind}`);

const loops = connections * pipelined;
const operations: Operation[] = [];
while (operations.length < loops) {
  const count = Math.min(OPENED_AT_ONCE, loops - operations.length);
  const opened = await Promise.all(Array.from({ length: count }, prepare));
  operations.push(...opened);
  // All at once: only then does a pool open a connection for each.
  await Promise.all(operations.map((operation) => operation()));
}

let done = 0;
await runFor(warmUpMs);
done = 0;
const start = process.hrtime.bigint();
const before = process.cpuUsage();
await runFor(measureMs);
const { user, system } = process.cpuUsage(before);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(
  JSON.stringify({
    value: done / seconds,
    cpu: (user + system) / done,
    busy: (user + system) / 1e6 / seconds,
  }),
);
process.exit();

/** Runs until this much CPU time is used, so that a client that waits or shares its core is as warm as any other. */
async function runFor(cpuMs: number): Promise<void> {
  let running = true;
  // At least one operation: a content of 1 GiB takes longer than the whole time.
  const loop = async (operation: Operation) => {
    do {
      await operation();
      done += 1;
    } while (running);
  };
  const before = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    if (user + system >= cpuMs * 1000) running = false;
  }, 10);
  await Promise.all(operations.map(loop));
  clearInterval(timer);
}

function wirepaneHttp(read: (response: ClientResponse) => Promise<number>) {
  const client = new HttpClient({
    maxConnectionsPerOrigin: connections,
    maxQueued: connections * pipelined,
    ...(pipelined > 1 && { pipelining: pipelined }),
  });
  const url = new URL(path, `http://127.0.0.1:${port}`);
  return async () => async () => {
    const response = await client.request({ url });
    for (const [name, value] of response.fields) expectText(name, value);
    expectLength(await read(response), response.fields.get("content-length"));
  };
}

function undici(read: (body: Dispatcher.ResponseData["body"]) => Promise<number>) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: pipelined });
  return async () => async () => {
    const { headers, body } = await pool.request({ path, method: "GET" });
    for (const name in headers) expectText(name, headers[name]);
    expectLength(await read(body), headers["content-length"]);
  };
}

async function octetsOf(content: AsyncIterable<Uint8Array>): Promise<number> {
  let octets = 0;
  for await (const chunk of content) octets += chunk.length;
  return octets;
}

function expectText(name: string, value: unknown): void {
  if (name === "" || value === "") throw new Error("a field was never sent like that");
}

function expectLength(octets: number, contentLength: unknown): void {
  if (octets !== Number(contentLength)) throw new Error(`${octets} octets instead of ${contentLength}`);
}

function wirepaneEcho() {
  return async (): Promise<Operation> => {
    const connection = await connect({ host: "127.0.0.1", port: Number(port) });
    return () => roundTrip(connection);
  };
}

async function roundTrip(connection: TcpConnection): Promise<void> {
  await connection.write(message);
  let received = 0;
  while (received < message.length) {
    const chunk = await connection.read();
    if (chunk === undefined) throw new Error("the echo ended");
    received += chunk.length;
  }
}

function netEcho() {
  return async (): Promise<Operation> => {
    let received = 0;
    let complete = () => {};
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.setNoDelay();
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received === message.length) complete();
    });
    await new Promise((resolve) => socket.once("connect", resolve));
    return () =>
      new Promise((resolve) => {
        received = 0;
        complete = resolve;
        socket.write(message);
      });
  };
}
