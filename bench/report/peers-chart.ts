/** Our programs compared with the peers, as bars, for the README. */

import { shown } from "../print.ts";
import { ratioOf, spreadOf } from "../ratio.ts";
import type { Peer, Table } from "../row.ts";
import { element, svg, text } from "./svg.ts";

interface Group {
  readonly id: string;
  readonly heading: string;
  readonly peers: readonly string[];
}

const GROUPS: readonly Group[] = [
  {
    id: "client",
    heading: "HTTP client",
    peers: ["undici dispatch", "undici request", "node:http agent", "axios", "got"],
  },
  {
    id: "client-pipelined",
    heading: "HTTP client, 10 pipelined",
    peers: ["undici dispatch", "undici request"],
  },
  { id: "fetch", heading: "fetch", peers: ["fetch built in"] },
  { id: "server", heading: "HTTP server", peers: ["nginx, one process", "fastify", "node:http"] },
  {
    id: "server-pipelined",
    heading: "HTTP server, 16 pipelined",
    peers: ["nginx, one process", "fastify", "node:http"],
  },
  {
    id: "parser-response-323",
    heading: "HTTP parser",
    peers: ["llhttp (WASM, of undici)", "llhttp (native, of node)", "http-parser-js"],
  },
  {
    id: "echo",
    heading: "echo server",
    peers: ["C, epoll", "Go net", 'node:net, on("data") → write', "Python, a thread each"],
  },
];

const WIDTH = 780;
const NAMES_END = 362;
const BARS = { left: 370, one: 190, right: WIDTH - 62 };
const LINE = 18;
const GAP = 10;

export function peersChart(tables: readonly Table[], node: string): string {
  const rows: string[] = [];
  let y = 60;
  for (const group of GROUPS) {
    const lines = groupLines(group, tables);
    rows.push(...lines.map((line, i) => element("g", { transform: `translate(0 ${y + i * LINE})` }, line)));
    y += lines.length * LINE + GAP;
  }
  const title = "Work done in a second of CPU time, beside others: ours is 1, longer is faster";
  return svg(
    WIDTH,
    y,
    title,
    text(title, { x: 12, y: 22, class: "title" }),
    text(`Node ${node}, loopback; medians of rounds that take turns, each in a fresh process`, {
      ...{ x: 12, y: 42, class: "quiet" },
    }),
    ...rows,
  );
}

function groupLines({ id, heading, peers }: Group, tables: readonly Table[]): string[] {
  const table = tables.find((one) => one.id === id);
  const ours = table?.peers.find(({ name }) => name === table.ours);
  const headed = text(heading, { x: 12, y: 13, class: "strong" });
  if (table === undefined || ours === undefined) return [headed + notMeasured()];
  const cpu = spreadOf(ours, "cpu")?.median;
  const rate = cpu === undefined ? "" : `${shown(Math.round(1e6 / cpu))} ${table.operation}s`;
  return [
    headed + name(table.ours, "strong") + bar(1, "ours", rate),
    ...peers.map((peerName) => {
      const peer = table.peers.find((one) => one.name === peerName);
      const speed = peer === undefined ? undefined : speedOf(peer, ours);
      const drawn = speed === undefined ? notMeasured() : bar(speed, "theirs", `${shown(speed)} ×`);
      return name(peerName, "quiet") + drawn;
    }),
  ];
}

const notMeasured = (): string => text("not measured", { x: BARS.left, y: 13, class: "quiet" });

function name(content: string, style: string): string {
  return text(content, { x: NAMES_END, y: 13, "text-anchor": "end", class: style });
}

/** A bar that is too long for the picture is cut at its edge, and the figure follows it. */
function bar(speed: number, style: "ours" | "theirs", figure: string): string {
  const width = Math.max(1, Math.min(speed * BARS.one, BARS.right - BARS.left));
  const rect = element("rect", { x: BARS.left, y: 2, width, height: LINE - 5, rx: 2, class: style });
  return (
    rect + text(figure, { x: BARS.left + width + 6, y: 13, class: style === "ours" ? "strong" : "quiet" })
  );
}

/**
 * How much work a peer does in the CPU time of ours, as the median of the rounds. CPU time, since other work on the
 * machine changes elapsed times far more than CPU times.
 */
function speedOf(peer: Peer, ours: Peer): number | undefined {
  return ratioOf(ours, peer, "cpu")?.median;
}
