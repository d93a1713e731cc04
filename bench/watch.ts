// What it costs a program to be watched: a server of node:http and a client with fetch, with our hooks and without.

import { cProgram, messageFile } from "./c-programs.ts";
import { answerServer } from "./client.ts";
import { underLoad } from "./loaded.ts";
import { beside, LOAD_CORE, MEASURED_CORE, measureIn, served } from "./processes.ts";
import { requestTexts } from "./requests.ts";
import { interleave, type Row, type Settings, type Table } from "./row.ts";

const ON = "watched";
const OFF = "not watched";
const CONNECTIONS = 50;

/** What both tables have in common. */
const common = {
  ...{ unit: "requests/s", better: "more", operation: "request", versions: [], ours: ON },
  aims: [{ peer: ON, against: OFF, value: ">= 0.85", stretch: { value: ">= 0.92" } }],
} as const satisfies Partial<Table>;

/** The events go to a process that records them. It has the core of the load, and what it cannot take is dropped. */
export const watchRow: Row = async (settings) => {
  const receiver = await served(LOAD_CORE, [settings.node, beside("./watch-receiver.js")]);
  try {
    const watched = ["env", `NODE_OPTIONS=--require ${PRELOAD}`, `WIREPANE_WATCH=${receiver.port}`];
    const run = { [ON]: [...watched, settings.node], [OFF]: [settings.node] };
    return [await serverTable(settings, run), await fetchTable(settings, run)];
  } finally {
    await receiver.stop();
  }
};

const PRELOAD = beside("../../bin/watch.cjs");

type Run = Readonly<Record<typeof ON | typeof OFF, readonly string[]>>;

async function serverTable(settings: Settings, run: Run): Promise<Table> {
  const program = cProgram("steady-load");
  const requests = messageFile("requests", requestTexts);
  const peers = ([ON, OFF] as const).map((name) => ({
    name,
    start: () => served(MEASURED_CORE, [...run[name], beside("./server-peer.js"), "node:http"]),
  }));
  const candidates = underLoad(
    peers,
    ({ port, pid }, ...times) => [program, "http", port, pid, CONNECTIONS, 1, ...times, requests],
    settings,
  );
  return {
    ...{ id: "watch-server", title: `server of node:http, ${CONNECTIONS} connections` },
    ...common,
    load: "a C program (epoll) on a core of its own, with the process that takes the events",
    ...(await interleave(settings.rounds, candidates)),
  };
}

async function fetchTable({ warmUpMs, measureMs, rounds, node }: Settings, run: Run): Promise<Table> {
  const server = await answerServer(node);
  const args = ["fetch built in", server.port, CONNECTIONS, 1, warmUpMs, measureMs];
  const candidates = ([ON, OFF] as const).map((name) => ({
    name,
    measure: () => measureIn(run[name], "./client-peer.js", args),
  }));
  const measured = await interleave(rounds, candidates);
  await server.stop();
  return {
    ...{ id: "watch-fetch", title: `fetch of Node, ${CONNECTIONS} requests at a time` },
    ...common,
    load: server.load,
    ...measured,
  };
}
