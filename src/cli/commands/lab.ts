import { HttpClient } from "../../http.ts";
import { type Lab, Playground, startLab } from "../../lab.ts";
import { connect } from "../../tcp.ts";
import { Redactor, type TraceRecord } from "../../trace.ts";
import { type Arguments, integerIn } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { interrupted, interruptSignal } from "../interrupt.ts";
import { openPage } from "../open-page.ts";
import { say, stdoutIsTerminal, writeOut } from "../output.ts";
import { recordsIn } from "../trace/input.ts";
import { startTracing, type Tracing } from "../tracing.ts";

/** The page, with servers and clients of its own, or with a recording. Ctrl-C ends it. */
export async function lab(args: Arguments<"lab">): Promise<number> {
  const [file] = args.positionals;
  const port = integerIn("--port", args.value("port") ?? "0", 0, 65_535);
  const stop = interruptSignal();
  if (file === undefined) await showPlayground(args, port, interrupted(stop));
  else await showFile(args, file, port, stop);
  return EXIT.ok;
}

/** The page's URL is the first line, whatever comes after. */
async function announce({ url }: Lab, args: Arguments<"lab">): Promise<void> {
  await writeOut(`${url}\n`);
  say("the page is open until Ctrl-C; only who has this URL can read it");
  if (args.has("open") || (!args.has("no-open") && stdoutIsTerminal())) openPage(url);
}

async function showPlayground(args: Arguments<"lab">, port: number, ended: Promise<unknown>): Promise<void> {
  let page: Lab | undefined;
  const sink = { add: (record: TraceRecord) => page?.add(record), flush: () => {} };
  const tracing = await startTracing(args, { late: true, page: sink });
  const playground = new Playground({
    observe: (role) => tracing.observe(role),
    onServers: (servers) => page?.tell("servers", servers),
  });
  try {
    page = await startLab({ port, actions: playground.actions });
    page.tell("servers", []);
    await announce(page, args);
    await firstConversations(playground, tracing);
    await Promise.race([ended, page.stopped]);
  } finally {
    await Promise.all([page?.close(), playground.close()]);
    await tracing.finish();
  }
}

/** Longer than what one read takes, which is 64 KiB at most: one write is read in pieces. */
const LONG_TEXT = "one write, and two reads or more\n".repeat(2_000);

/** The page is never empty: an echo, and an exchange, have happened. */
async function firstConversations(playground: Playground, tracing: Tracing): Promise<void> {
  const echoing = await playground.start("echo", "event-loop");
  const connection = await connect({
    host: echoing.host,
    port: echoing.port,
    ...observedBy(tracing),
  });
  await connection.write("hello\n");
  await connection.read();
  await connection.write(LONG_TEXT);
  for (let missing = LONG_TEXT.length; missing > 0; ) missing -= (await connection.read())?.length ?? missing;
  await connection.end();
  await connection.closed;
  const { host, port } = await playground.start("http", "event-loop");
  await using client = new HttpClient({ observe: () => tracing.observe("client") });
  const response = await client.request({ url: new URL(`http://${host}:${port}/hello`) });
  await response.text();
}

function observedBy(tracing: Tracing) {
  const observer = tracing.observe("client");
  return observer === undefined ? {} : { observer };
}

async function showFile(
  args: Arguments<"lab">,
  file: string,
  port: number,
  stop: AbortSignal,
): Promise<void> {
  await using page = await startLab({ port });
  const pass = (record: TraceRecord) => page.add(record);
  const redactor = args.has("reveal") ? undefined : new Redactor(pass);
  let announced = false;
  for await (const records of recordsIn(file, stop)) {
    // Not before: a file that is no recording opens no page.
    if (!announced) await announce(page, args);
    announced = true;
    for (const record of records) redactor === undefined ? pass(record) : redactor.add(record);
    redactor?.flush();
  }
  page.end();
  await Promise.race([interrupted(stop), page.stopped]);
}
