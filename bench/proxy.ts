// Proxies that pass bytes on as they are: a long download, small messages, and connections that are set up and ended.

import { once } from "node:events";
import { findPeer } from "../tools/peers.js";
import { cProgram, messageFile } from "./c-programs.ts";
import { type LoadCommand, type ServerPeer, underLoad, versionOf } from "./loaded.ts";
import { nginx } from "./nginx.ts";
import { asServed, beside, LOAD_CORE, MEASURED_CORE, type Served, served, start } from "./processes.ts";
import { type Aim, interleave, type Row, type Settings, type Table } from "./row.ts";

const OURS = "wirepane proxy";
const PIPE = "node:net, pipe";
const NGINX = "nginx stream, one process";
const SOCAT = "socat";
const LARGE_SOCAT = "socat, -b 65536";

/** "Costs little", as issue G has it. */
const little: Pick<Aim, "value" | "cpu"> = { value: ">= 0.8", cpu: "<= 1.5" };

export const proxyRow: Row = async (settings) => {
  const server = await served(LOAD_CORE, [cProgram("content-server")]);
  const echo = await served(LOAD_CORE, [cProgram("echo-server")]);
  try {
    return [await bulk(settings, server), await small(settings, echo), await short(settings, echo)];
  } finally {
    await server.stop();
    await echo.stop();
  }
};

async function bulk(settings: Settings, { port: upstream }: Served): Promise<Table> {
  const program = cProgram("sink-load");
  const load: LoadCommand = ({ port, pid }, ...times) => [program, port, pid, ...times];
  const peers: ServerPeer[] = [
    ...manyAtOnce(settings, upstream),
    { name: SOCAT, start: () => socat(upstream) },
    { name: LARGE_SOCAT, start: () => socat(upstream, "-b", "65536") },
  ];
  return {
    ...{
      id: "proxy-bulk",
      title: "proxy, one long download",
      unit: "MiB/s",
      better: "more",
      operation: "MiB",
    },
    load: "C programs on a core of their own send and read; what comes is compared at many places",
    ...{ versions: versions(), ours: OURS },
    ...(await interleave(settings.rounds, underLoad(peers, load, settings))),
    aims: [
      { peer: OURS, against: SOCAT, ...little },
      { peer: OURS, against: NGINX, ...little },
      { peer: OURS, against: PIPE, stretch: { cpu: "<= 0.6" } },
    ],
  };
}

async function small(settings: Settings, { port: upstream }: Served): Promise<Table> {
  const program = cProgram("steady-load");
  const file = messageFile("proxy-64", ["abcdefgh".repeat(8), "ponmlkji".repeat(8)]);
  const load: LoadCommand = ({ port, pid }, ...times) => [program, "echo", port, pid, 64, 1, ...times, file];
  return {
    ...{ id: "proxy-echo", title: "proxy, echo of 64 bytes, 64 connections" },
    ...{ unit: "round trips/s", better: "more", operation: "round trip" },
    load: "C programs on a core of their own ask and echo; what comes back is compared",
    ...{ versions: versions(), ours: OURS },
    ...(await interleave(settings.rounds, underLoad(manyAtOnce(settings, upstream), load, settings))),
    aims: [{ peer: OURS, against: PIPE, stretch: { value: ">= 1.5" } }],
  };
}

async function short(settings: Settings, { port: upstream }: Served): Promise<Table> {
  const program = cProgram("short-load");
  const load: LoadCommand = ({ port, pid }, ...times) => [program, port, pid, 32, 64, ...times];
  return {
    ...{ id: "proxy-short", title: "proxy, connections of one echo, 32 at a time" },
    ...{ unit: "connections/s", better: "more", operation: "connection" },
    load: "C programs on a core of their own connect and echo; what comes back is compared",
    ...{ versions: versions(), ours: OURS },
    ...(await interleave(settings.rounds, underLoad(manyAtOnce(settings, upstream), load, settings))),
    aims: [{ peer: OURS, against: PIPE, stretch: { value: ">= 1" } }],
  };
}

/** Those that serve all connections in one process. socat has a process for each: no clock counts them all. */
function manyAtOnce({ node }: Settings, upstream: string): ServerPeer[] {
  const inNode = (name: string) => ({
    name,
    start: () => served(MEASURED_CORE, [node, beside("./proxy-peer.js"), name, upstream]),
  });
  return [inNode(OURS), inNode(PIPE), { name: NGINX, start: () => nginxStream(upstream) }];
}

function nginxStream(upstream: string): Promise<Served> {
  const stream = findPeer("nginx-stream");
  if (stream === undefined) return Promise.reject(new Error("its module stream is not here"));
  return nginx(
    "nginx-stream",
    (port) => `stream {
      server { listen 127.0.0.1:${port} backlog=4096; tcp_nodelay on; proxy_pass 127.0.0.1:${upstream}; }
    }`,
    `load_module ${stream};`,
  );
}

/** For one connection, without a process of its own. */
async function socat(upstream: string, ...options: readonly string[]): Promise<Served> {
  const program = findPeer("socat");
  if (program === undefined) throw new Error("it is not here");
  const ends = ["TCP-LISTEN:0,bind=127.0.0.1,nodelay", `TCP:127.0.0.1:${upstream},nodelay`];
  const child = start(MEASURED_CORE, [program, "-d", "-d", ...options, ...ends]);
  for (let said = ""; ; ) {
    const [chunk] = await once(child.stderr ?? child, "data");
    said += chunk;
    const port = /listening on AF=2 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return asServed(child, port);
  }
}

const versions = () => [...versionOf("socat", "socat", "-V"), ...versionOf("nginx", "nginx", "-v")];
