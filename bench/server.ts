// HTTP servers that answer 13 bytes: 64 connections with a request at a time, and with 16 pipelined.

import { cProgram, messageFile } from "./c-programs.ts";
import { HELLO } from "./hello.ts";
import { type LoadCommand, type ServerPeer, underLoad, versionOf } from "./loaded.ts";
import { nginx } from "./nginx.ts";
import { npmPeer } from "./npm-peers.ts";
import { beside, MEASURED_CORE, served } from "./processes.ts";
import { requestTexts } from "./requests.ts";
import { type Bound, interleave, type Row, type Settings, type Table } from "./row.ts";

const OURS = "wirepane serve";
const NODE = "node:http";
const NGINX = "nginx, one process";

export const serverRow = row("server", 1, ">= 1.4", ">= 1.7");
export const serverPipelinedRow = row("server-pipelined", 16, ">= 6", ">= 12");

function row(id: string, pipelined: number, value: Bound, stretch: Bound): Row {
  return async (settings) => {
    const program = cProgram("steady-load");
    const requests = messageFile("requests", requestTexts);
    const load: LoadCommand = ({ port, pid }, ...times) => [
      program,
      "http",
      port,
      pid,
      64,
      pipelined,
      ...times,
      requests,
    ];
    const table: Table = {
      ...{
        id,
        title: `HTTP server, 64 connections × ${pipelined} request${pipelined > 1 ? "s pipelined" : ""}`,
      },
      ...{ unit: "requests/s", better: "more", operation: "request", ours: OURS },
      load: "a C program (epoll) on a core of its own; its requests vary, and every answer is read to its end",
      versions: versions(),
      ...(await interleave(settings.rounds, underLoad(peers(settings), load, settings))),
      aims: [
        { peer: OURS, against: NODE, value, stretch: { value: stretch } },
        { peer: OURS, against: "fastify", value, stretch: { value: stretch } },
        ...(pipelined === 1 ? [{ peer: OURS, against: NGINX, stretch: { cpu: "<= 1" } } as const] : []),
      ],
    };
    return [table];
  };
}

function peers({ node }: Settings): ServerPeer[] {
  const inNode = (name: string) => ({
    name,
    start: () => served(MEASURED_CORE, [node, ...serverPeer(name)]),
  });
  const serverPeer = (name: string) => [beside("./server-peer.js"), name];
  return [
    inNode(OURS),
    inNode(NODE),
    {
      name: "fastify",
      start: async () => served(MEASURED_CORE, [node, ...serverPeer("fastify"), npmPeer("fastify").path]),
    },
    { name: NGINX, start: helloFromNginx },
    {
      name: "uWebSockets.js",
      start: () => Promise.reject(new Error("it is not in the npm registry")),
    },
    inNode("node:net, onread, constant answer"),
  ];
}

function versions(): string[] {
  try {
    return [`fastify ${npmPeer("fastify").version}`, ...versionOf("nginx", "nginx", "-v")];
  } catch {
    return versionOf("nginx", "nginx", "-v"); // its own line says that it is missing
  }
}

/** An answer from the configuration. */
const helloFromNginx = () =>
  nginx(
    "nginx",
    (port, home) => `http {
      access_log off; keepalive_requests 1000000000; tcp_nodelay on; client_body_temp_path ${home};
      server {
        listen 127.0.0.1:${port};
        location / { default_type "text/plain; charset=utf-8"; return 200 "${HELLO}"; }
      }
    }`,
  );
