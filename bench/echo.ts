// Echo servers: round trips of 64 bytes over 64 and over 1,000 connections, 64 KiB at a time, and short connections.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cacheFile, cProgram, messageFile } from "./c-programs.ts";
import { type LoadCommand, type ServerPeer, underLoad, versionOf } from "./loaded.ts";
import { beside, MEASURED_CORE, served } from "./processes.ts";
import { type Aim, interleave, type Row, type Settings, type Table } from "./row.ts";

const OURS = "wirepane listen";
const PLAIN = 'node:net, on("data") → write';
const GO = "Go net";
const C = "C, epoll";

interface Shape {
  readonly id: string;
  readonly title: string;
  readonly connections: number;
  readonly bytes: number;
  readonly aims: readonly Aim[];
}

const shapes: readonly Shape[] = [
  {
    id: "echo",
    title: "echo server, 64 bytes, 64 connections",
    connections: 64,
    bytes: 64,
    aims: [
      { peer: OURS, against: PLAIN, value: ">= 1.15", stretch: { value: ">= 1.35" } },
      { peer: OURS, against: C, stretch: { cpu: "<= 1.3" } },
      { peer: OURS, against: GO, stretch: { cpu: "<= 1" } },
    ],
  },
  {
    id: "echo-1000",
    title: "echo server, 64 bytes, 1,000 connections",
    connections: 1000,
    bytes: 64,
    aims: [{ peer: OURS, against: PLAIN, cpu: "<= 1", stretch: { cpu: "<= 0.9" } }],
  },
  {
    id: "echo-bulk",
    title: "echo server, 64 KiB, 8 connections",
    connections: 8,
    bytes: 65_536,
    aims: [
      { peer: OURS, against: PLAIN, cpu: "<= 0.55", stretch: { cpu: "<= 0.4" } },
      { peer: OURS, against: GO, stretch: { cpu: "<= 1" } },
    ],
  },
];

export const echoRow: Row = async (settings) => {
  const program = cProgram("steady-load");
  const tables: Table[] = [];
  for (const { id, title, connections, bytes, aims } of shapes) {
    const file = messageFile(`echo-${bytes}`, messagesOf(bytes));
    const load: LoadCommand = ({ port, pid }, ...times) => [
      program,
      "echo",
      port,
      pid,
      connections,
      1,
      ...times,
      file,
    ];
    tables.push({
      ...{ id, title, unit: "round trips/s", better: "more", operation: "round trip" },
      load: "a C program (epoll) on a core of its own; it compares what comes back",
      ...{ versions: versions(), ours: OURS, aims },
      ...(await interleave(settings.rounds, underLoad(peers(settings), load, settings))),
    });
  }
  return tables;
};

export const shortRow: Row = async (settings) => {
  const program = cProgram("short-load");
  const load: LoadCommand = ({ port, pid }, ...times) => [program, port, pid, 32, 64, ...times];
  const table: Table = {
    ...{ id: "short", title: "echo server, connections of one echo, 32 at a time" },
    ...{ unit: "connections/s", better: "more", operation: "connection" },
    load: "a C program (epoll) on a core of its own; it compares what comes back",
    ...{ versions: versions(), ours: OURS, aims: [] },
    ...(await interleave(settings.rounds, underLoad(peers(settings), load, settings))),
  };
  return [table];
};

/** Letters that begin at a different place in each message. */
function messagesOf(bytes: number): string[] {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  return Array.from({ length: 5 }, (_, i) => letters.slice(i).repeat(bytes).slice(0, bytes));
}

function peers({ node }: Settings): ServerPeer[] {
  const inNode = (name: string) => ({
    name,
    start: () => served(MEASURED_CORE, [node, beside("./echo-peer.js"), name]),
  });
  return [
    inNode(OURS),
    inNode("wirepane, for await"),
    inNode(PLAIN),
    inNode("node:net, onread"),
    { name: C, start: async () => served(MEASURED_CORE, [cProgram("echo-server")]) },
    { name: GO, start: async () => served(MEASURED_CORE, [goProgram()]) },
    {
      name: "Python, a thread each",
      start: () => served(MEASURED_CORE, ["python3", source("python-echo.py")]),
    },
  ];
}

const versions = () => [...versionOf("Go", "go", "version"), ...versionOf("Python", "python3", "--version")];

const source = (name: string) => fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));

/** @throws if there is no Go compiler. */
function goProgram(): string {
  const program = cacheFile("go-echo");
  const build = ["build", "-o", program, source("go-echo.go")];
  const { status, stderr, error } = spawnSync("go", build, { encoding: "utf8" });
  if (error) throw new Error("there is no Go compiler here (go)");
  if (status !== 0) throw new Error(stderr.trim());
  return program;
}
