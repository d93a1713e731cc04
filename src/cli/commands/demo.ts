import { HttpClient, practice, serve } from "../../http.ts";
import { connect, echo, formatAddress, listen } from "../../tcp.ts";
import {
  counted,
  formatTimeline,
  formatWaterfall,
  quote,
  type TimelineOptions,
  TimeOrder,
  type TraceRecord,
  waterfallOf,
} from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { colourOn, stdoutIsTerminal, writeOut } from "../output.ts";
import { terminalShape } from "../terminal-shape.ts";
import { explanationFormat, startTracing, type Tracing } from "../tracing.ts";
import { version } from "../version.ts";

const NEXT = [
  "listen 9000 --echo --model threads",
  "serve --port 8080 --timeline",
  "http http://127.0.0.1:8080/hello --explain",
];

/** An echo, two clients at once, and an HTTP exchange, on loopback, with both ends on one timeline. */
export async function demo(args: Arguments<"demo">): Promise<number> {
  const stage = new Stage({
    explains: args.has("explain"),
    reveal: args.has("reveal"),
    explanation: explanationFormat(args),
  });
  const tracing = await startTracing(args, { watch: (record) => stage.add(record), late: true });
  stage.say(`wirepane ${version()} · Node ${process.versions.node} · loopback only, no network needed`);
  // Threads take a moment to start: start them before the first time is measured.
  const threads = await startThreads(tracing);
  try {
    await showEcho(stage, tracing);
    await showTwoClients(stage, tracing, threads);
    await showHttp(stage, tracing);
    stage.say("");
    for (const [index, command] of NEXT.entries()) {
      stage.say(`${index === 0 ? "next:" : "     "} ${calledAs()} ${command}`);
    }
    await stage.shown();
  } finally {
    await threads.close();
    await tracing.finish();
  }
  return EXIT.ok;
}

/** `npm start` runs the demo in a checkout, where the command may not be on the PATH. */
function calledAs(): string {
  return process.env.npm_lifecycle_event === "start" ? "npx wirepane" : "wirepane";
}

async function showEcho(stage: Stage, tracing: Tracing): Promise<void> {
  const server = await listen({ handler: echo, observe: () => tracing.observe("server") });
  stage.begin(`1  a TCP server that echoes, on ${formatAddress(server.address)}, and a client`);
  const client = await connectTo(server.address, tracing);
  await client.write("hello\n");
  await client.read();
  await client.end();
  await client.closed;
  await server.stop();
  await stage.end();
}

async function showTwoClients(stage: Stage, tracing: Tracing, server: Threads): Promise<void> {
  stage.begin(`2  two clients at once, on a server with ${counted(server.workers.length, "thread")}`);
  const first = await connectTo(server.address, tracing);
  await first.write("first\n");
  await first.read();
  // The first client stays connected, and the second one is served all the same.
  const second = await connectTo(server.address, tracing);
  await second.write("second\n");
  await second.read();
  await Promise.all([second.end(), second.closed]);
  await Promise.all([first.end(), first.closed]);
  await server.stop();
  await stage.end();
}

async function showHttp(stage: Stage, tracing: Tracing): Promise<void> {
  const server = await serve({ handler: practice(), observe: () => tracing.observe("server") });
  stage.begin(`3  GET /hello from an HTTP server on ${server.url}`);
  const client = new HttpClient({ observe: () => tracing.observe("client") });
  const response = await client.request({ url: new URL("/hello", server.url) });
  const content = await response.text();
  // The client keeps its connection for the next request. The scene shows how a connection ends.
  await client.close();
  await tracing.closed();
  await server.close();
  const exchange = await stage.end();
  stage.say(`\n${formatWaterfall(waterfallOf(exchange), terminalShape("stdout")).join("\n")}`);
  stage.say(` ${response.status} ${response.reason}: ${quote(content)}`);
}

type Threads = Awaited<ReturnType<typeof startThreads>>;

const startThreads = (tracing: Tracing) =>
  listen({ handler: echo, model: "threads", workers: 2, observe: () => tracing.observe("server") });

function connectTo(address: Threads["address"], tracing: Tracing) {
  const observer = tracing.observe("client");
  return connect({
    ...(address.family === "unix" ? { path: address.path } : { host: address.host, port: address.port }),
    ...(observer !== undefined && { observer }),
  });
}

interface StageOptions {
  readonly explains: boolean;
  readonly reveal: boolean;
  readonly explanation: ReturnType<typeof explanationFormat>;
}

/**
 * Prints scene by scene. Each scene has a clock that begins at 0, and names its ends anew. It is printed when it is over:
 * what threads did is told a moment later, and stands where it happened all the same.
 */
class Stage {
  readonly #explains: boolean;
  readonly #explanation: StageOptions["explanation"];
  readonly #format: TimelineOptions;
  #order: TimeOrder | undefined;
  #records: TraceRecord[] = [];
  #written: Promise<void> = Promise.resolve();

  constructor({ explains, reveal, explanation }: StageOptions) {
    this.#explains = explains;
    this.#explanation = explanation;
    this.#format = { reveal, colour: colourOn(stdoutIsTerminal()), ...terminalShape("stdout") };
  }

  begin(title: string): void {
    this.say(`\n${title}`);
    this.#records = [];
    this.#order = new TimeOrder((record) => this.#records.push(record));
  }

  add(record: TraceRecord): void {
    this.#order?.add(record);
  }

  /** Ends the scene with this turn of the event loop, and returns its records. */
  async end(): Promise<readonly TraceRecord[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#order?.flush();
    this.#order = undefined;
    const records = this.#records;
    for (const line of formatTimeline(records, this.#format)) this.say(line);
    if (this.#explains) await this.#explain(records);
    await this.shown();
    return records;
  }

  /** Explains what the client sees. The server sees the same bytes. */
  async #explain(records: readonly TraceRecord[]): Promise<void> {
    const { ExplanationWriter } = await import("../../trace.ts");
    const writer = new ExplanationWriter((lines) => this.say(`\n${lines.join("\n")}`), {
      ...this.#format,
      ...this.#explanation,
      columns: terminalShape("stdout").width,
    });
    for (const record of records) {
      if (record.role === "client") writer.add(record);
    }
    writer.end();
  }

  say(line: string): void {
    this.#written = this.#written.then(() => writeOut(`${line}\n`));
  }

  shown(): Promise<void> {
    return this.#written;
  }
}
