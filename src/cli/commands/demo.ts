import { HttpClient, practice, serve } from "../../http.ts";
import { connect, echo, formatAddress, listen } from "../../tcp.ts";
import {
  ExplanationWriter,
  formatPhases,
  phasesOf,
  quote,
  TimelineWriter,
  type TraceRecord,
} from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { colourOn, columnsOf, stdoutIsTerminal, writeOut } from "../output.ts";
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
  const tracing = await startTracing(args, (record) => stage.add(record));
  stage.say(`wirepane ${version()} · Node ${process.versions.node} · loopback only, no network needed`);
  // Threads take a moment to start: start them before the first time is measured.
  const threads = await startThreads(stage);
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
  stage.begin(`2  two clients at once, on a server with ${server.workers.length} threads`);
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
  const exchange = await stage.end();
  stage.say(`\n${formatPhases(phasesOf(exchange))}`);
  stage.say(` ${response.status} ${response.reason}: ${quote(content)}`);
  await client.close();
  await server.close();
}

type Threads = Awaited<ReturnType<typeof startThreads>>;

/** This thread cannot see the server's end of these connections: a note says which worker took each. */
const startThreads = (stage: Stage) =>
  listen({
    handler: echo,
    model: "threads",
    workers: 2,
    onConnection: ({ remote, worker, open }) =>
      stage.note(`worker ${worker}`, "accept", `← ${formatAddress(remote)}, ${open} open`),
    onClosed: ({ worker, reason }) =>
      stage.note(`worker ${worker}`, "closed", `${reason.bytesIn} B in, ${reason.bytesOut} B out`),
  });

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

/** Prints scene by scene. Each scene has a clock that begins at 0, and names its ends anew. */
class Stage {
  readonly #explains: boolean;
  readonly #explanation: StageOptions["explanation"];
  readonly #format: { readonly reveal: boolean; readonly colour: boolean };
  #timeline: TimelineWriter | undefined;
  #records: TraceRecord[] = [];
  #startedMs = 0;
  #written: Promise<void> = Promise.resolve();

  constructor({ explains, reveal, explanation }: StageOptions) {
    this.#explains = explains;
    this.#explanation = explanation;
    this.#format = { reveal, colour: colourOn(stdoutIsTerminal()) };
  }

  begin(title: string): void {
    this.say(`\n${title}`);
    this.#timeline = new TimelineWriter((line) => this.say(line), this.#format);
    this.#records = [];
  }

  add(record: TraceRecord): void {
    if (this.#timeline === undefined) return;
    if (this.#records.length === 0) this.#startedMs = performance.now();
    this.#records.push(record);
    this.#timeline.add({ ...record, t: record.t - (this.#records[0] as TraceRecord).t });
  }

  /** What no record tells of. */
  note(who: string, verb: string, text: string): void {
    const time = (performance.now() - this.#startedMs).toFixed(2).padStart(8);
    if (this.#timeline !== undefined)
      this.say(`${time} ms  ${who.padEnd(8)} ${verb.padEnd(9)} ${"".padStart(9)}  ${text}`);
  }

  /** Ends the scene with this turn of the event loop, and returns its records. */
  async end(): Promise<readonly TraceRecord[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#timeline?.flush();
    this.#timeline = undefined;
    if (this.#explains) this.#explain();
    await this.shown();
    return this.#records;
  }

  /** Explains what the client sees. The server sees the same bytes. */
  #explain(): void {
    const writer = new ExplanationWriter((lines) => this.say(`\n${lines.join("\n")}`), {
      ...this.#format,
      ...this.#explanation,
      columns: columnsOf("stdout"),
    });
    for (const record of this.#records) {
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
