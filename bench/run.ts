// npm run bench -- [ROW…] [--quick] [--rounds N] [--node PATH] [--nodes] [--json]
//
// Every round starts each peer once, in turn and in a process of its own, so that a drift of the machine affects all
// alike. Only ratios of one round count. They are given as the median of the rounds, with their spread.

import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { argumentsOf } from "../tools/arguments.js";
import { cachedNode, nodeLines } from "../tools/nodes.js";
import { clientPipelinedRow, clientRow, clientSingleRow, fetchRow } from "./client.ts";
import { downloadRow } from "./download.ts";
import { echoRow, shortRow } from "./echo.ts";
import { idleRow } from "./idle.ts";
import { parserRow } from "./parser.ts";
import { printed } from "./print.ts";
import { proxyRow } from "./proxy.ts";
import { verdicts } from "./ratio.ts";
import { recorderRow } from "./recorder.ts";
import type { Row, Settings, Table } from "./row.ts";
import { serverPipelinedRow, serverRow } from "./server.ts";
import { startupRow } from "./startup.ts";
import { watchRow } from "./watch.ts";

const rows: Record<string, Row> = {
  client: clientRow,
  "client-single": clientSingleRow,
  "client-pipelined": clientPipelinedRow,
  fetch: fetchRow,
  parser: parserRow,
  server: serverRow,
  "server-pipelined": serverPipelinedRow,
  echo: echoRow,
  short: shortRow,
  download: downloadRow,
  proxy: proxyRow,
  recorder: recorderRow,
  watch: watchRow,
  idle: idleRow,
  startup: startupRow,
};

const { positionals, values } = argumentsOf({
  allowPositionals: true,
  options: {
    /** Three rounds with short times, for your work; not to publish. */
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    node: { type: "string", default: process.execPath },
    nodes: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !(name in rows));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there are ${Object.keys(rows).join(", ")}`);
  process.exit(2);
}
const { quick, node } = values;
const settings: Settings = {
  ...(quick ? { rounds: 3, warmUpMs: 800, measureMs: 400 } : { rounds: 5, warmUpMs: 1500, measureMs: 2000 }),
  ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
  quick,
  node,
  nodes: values.nodes ? withOtherLines(node) : [node],
};

const nodeVersion = versionOf(node);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${process.platform} ${process.arch}`;
if (!values.json) {
  console.log(
    `Node ${nodeVersion}; ${machine}; ${settings.rounds} rounds, interleaved, a fresh process each`,
  );
}
const tables: Table[] = [];
/** For each row: how long it took, and why it has no result, if it has none. */
const runs: { readonly name: string; readonly seconds: number; readonly failed?: string }[] = [];
for (const [name, row] of Object.entries(rows)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  try {
    const measured = await row(settings);
    tables.push(...measured);
    if (!values.json) for (const table of measured) console.log(printed(table));
    runs.push({ name, seconds: seconds() });
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    runs.push({ name, seconds: seconds(), failed });
    console.error(`\n${name}: left out, ${failed}`);
  }
  if (values.json) console.error(`${name}: ${seconds()} s`);
}
if (values.json) {
  const complete = tables.map((table) => ({ ...table, verdicts: verdicts(table) }));
  const day = new Date().toISOString().slice(0, 10);
  const record = { node: nodeVersion, machine, day, settings, runs, tables: complete };
  console.log(JSON.stringify(record, undefined, 2));
}
const oursIsMissing = tables.some(({ ours, missing }) => missing.some(({ name }) => name === ours));
if (runs.some(({ failed }) => failed !== undefined) || oursIsMissing) process.exitCode = 1;

/** This Node, and those in .cache/ that have another version. */
function withOtherLines(path: string): string[] {
  const others = nodeLines.flatMap((line) => cachedNode(line) ?? []);
  return [path, ...others.filter((other) => versionOf(other) !== versionOf(path))];
}

function versionOf(path: string): string {
  return spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim();
}
