// HTTP clients that request small contents over persistent connections: requests/s, and CPU time of each client.

import { cProgram, messageFile } from "./c-programs.ts";
import { type NpmPeer, npmPeer, undiciVersion } from "./npm-peers.ts";
import { beside, LOAD_CORE, measureIn, type Served, served } from "./processes.ts";
import { responses } from "./responses.ts";
import { type Aim, interleave, type Row, type Settings, type Table } from "./row.ts";

const CLIENT = "wirepane HttpClient";
const FETCH = "wirepane fetch";

interface Shape {
  readonly id: string;
  readonly title: string;
  readonly connections: number;
  readonly pipelined: number;
  readonly ours: string;
  readonly peers: readonly string[];
  readonly aims: readonly Aim[];
}

const clients = ["undici request", "undici dispatch", "node:http agent", "fetch built in", "axios", "got"];

export const clientRow = row({
  id: "client",
  title: "HTTP client, 50 connections × 1 request",
  connections: 50,
  pipelined: 1,
  ours: CLIENT,
  peers: [...clients, "raw net, onread"],
  aims: [
    {
      peer: CLIENT,
      against: "undici request",
      value: ">= 1.6",
      cpu: "<= 0.62",
      stretch: { value: ">= 1.9" },
    },
    { peer: CLIENT, against: "raw net, onread", stretch: { cpu: "<= 1.25" } },
    { peer: CLIENT, against: "node:http agent", value: ">= 2.2", stretch: { value: ">= 3" } },
    { peer: CLIENT, against: "got", value: ">= 12", stretch: { value: ">= 18" } },
    { peer: CLIENT, against: "axios", value: ">= 10", stretch: { value: ">= 15" } },
  ],
});

export const clientSingleRow = row({
  id: "client-single",
  title: "HTTP client, 1 connection × 1 request",
  connections: 1,
  pipelined: 1,
  ours: CLIENT,
  peers: [...clients, "raw net, onread"],
  aims: [],
});

export const clientPipelinedRow = row({
  id: "client-pipelined",
  title: "HTTP client, 50 connections × 10 pipelined requests",
  connections: 50,
  pipelined: 10,
  ours: CLIENT,
  peers: ["undici request", "undici dispatch", "raw net, onread"],
  aims: [{ peer: CLIENT, against: "undici request", value: ">= 6", stretch: { value: ">= 10" } }],
});

export const fetchRow = row({
  id: "fetch",
  title: "fetch, 50 requests at a time",
  connections: 50,
  pipelined: 1,
  ours: FETCH,
  peers: ["fetch built in", CLIENT],
  aims: [{ peer: FETCH, against: "fetch built in", value: ">= 4", stretch: { value: ">= 7" } }],
});

function row(shape: Shape): Row {
  return async (settings) => {
    const { id, title, ours, aims } = shape;
    const server = await answerServer(settings.node);
    const candidates = [ours, ...shape.peers].map((name) => ({
      name,
      measure: () => measure(name, server.port, shape, settings),
    }));
    const measured = await interleave(settings.rounds, candidates);
    await server.stop();
    const table: Table = {
      ...{ id, title, unit: "requests/s", better: "more", operation: "request" },
      load: server.load,
      versions: shape.peers.flatMap(versionOf),
      ...{ ours, ...measured, aims },
    };
    return [table];
  };
}

function measure(name: string, port: string, { connections, pipelined }: Shape, settings: Settings) {
  const { node, warmUpMs, measureMs } = settings;
  const path = isFromNpm(name) ? [npmPeer(name).path] : [];
  return measureIn(node, "./client-peer.js", [
    name,
    port,
    connections,
    pipelined,
    warmUpMs,
    measureMs,
    ...path,
  ]);
}

const isFromNpm = (name: string): name is NpmPeer => name === "got" || name === "axios";

function versionOf(name: string): string[] {
  if (isFromNpm(name)) return [`${name} ${npmPeer(name).version}`];
  return name === "undici request" ? [undiciVersion()] : [];
}

/** Answers every request with one of `responses`. In C if possible, so that the server is not the bottleneck. */
export async function answerServer(node: string): Promise<Served & { readonly load: string }> {
  let program: readonly string[];
  let load = "answered by a C program (epoll) on a core of its own";
  try {
    program = [cProgram("answer-server"), messageFile("responses", responses)];
  } catch (error) {
    program = [node, beside("./answer-server.js")];
    load = `answered by Node, which may be the bottleneck: ${error instanceof Error ? error.message : error}`;
  }
  return { ...(await served(LOAD_CORE, program)), load };
}
