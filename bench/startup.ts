// The time until the command has done its work, compared with `node -e 0` on the same Node: the floor for any program.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerServer } from "./client.ts";
import { MEASURED_CORE, pinned } from "./processes.ts";
import { responses } from "./responses.ts";
import { interleave, type Row, type Table } from "./row.ts";

const command = fileURLToPath(new URL("../../bin/wirepane.cjs", import.meta.url));
const FLOOR = "node -e 0";
const VERSION = "wirepane --version";
const GET = "wirepane http URL";

export const startupRow: Row = async ({ rounds, node: host, nodes }) => {
  const server = await answerServer(host);
  const url = `http://127.0.0.1:${server.port}/`;
  const tables: Table[] = [];
  for (const node of nodes) tables.push(await startOf(node, url, server.load, rounds * 3));
  await server.stop();
  return tables;
};

async function startOf(node: string, url: string, load: string, rounds: number): Promise<Table> {
  const time = (name: string, printed: string, ...program: readonly string[]) => ({
    name,
    measure: () => {
      const [file = "", ...args] = pinned(MEASURED_CORE, program);
      const start = process.hrtime.bigint();
      const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: "utf8" });
      const value = Number(process.hrtime.bigint() - start) / 1e6;
      if (error || status !== 0) throw error ?? new Error(stderr.trim().split("\n").at(-1));
      if (!stdout.endsWith(printed)) throw new Error(`it printed ${JSON.stringify(stdout)}`);
      return { value };
    },
  });
  const content = responses[0]?.split("\r\n\r\n")[1] ?? "";
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const measured = await interleave(rounds, [
    time(GET, content, node, command, "http", url),
    time(VERSION, "\n", node, command, "--version"),
    time(FLOOR, "", node, "-e", "0"),
    time("node:net by hand", content, node, "-e", getByNet(url)),
    time(
      "node:http get",
      content,
      node,
      "-e",
      `require("http").get("${url}", (r) => r.pipe(process.stdout))`,
    ),
    time(
      "fetch",
      content,
      node,
      "-e",
      `fetch("${url}").then((r) => r.text()).then((t) => { process.stdout.write(t); process.exit(); })`,
    ),
    time("curl", content, "curl", "-s", url),
  ]);
  return {
    ...{ id: `startup-${version.split(".")[0]?.slice(1)}`, title: `start, Node ${version}` },
    ...{ unit: "ms", better: "less", operation: "run", load, versions: [], ours: GET },
    ...measured,
    aims: [
      { peer: VERSION, against: FLOOR, value: "<= 1.3", stretch: { value: "<= 1.1" } },
      { peer: GET, against: FLOOR, value: "<= 1.5", stretch: { value: "<= 1.25" } },
    ],
  };
}

function getByNet(url: string): string {
  const { port } = new URL(url);
  const request = "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n";
  return `const s = require("net").connect(${port}, "127.0.0.1"); s.write("${request}"); s.on("data", (c) => { process.stdout.write(c); s.destroy(); })`;
}
