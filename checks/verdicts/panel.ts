import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fetchNode, nodeLines } from "../../tools/nodes.js";
import { findPeer } from "../../tools/peers.js";
import { curl } from "./clients.ts";
import { type Daemon, startApache, startNginx } from "./daemons.ts";
import { askPeer, each, type NodeLine, runLine, type Verdicts } from "./line.ts";
import { type Row, readRows } from "./rows.ts";

/** The verdicts of all programs. */
export interface Panel {
  readonly rows: readonly Row[];
  readonly requests: readonly Column[];
  readonly responses: readonly Column[];
  /** What is missing, and why. */
  readonly problems: readonly string[];
}

/** The verdicts of one program. A program that runs on Node has run on every line of Node. */
export interface Column {
  readonly name: string;
  readonly isOurs: boolean;
  readonly versions: readonly string[];
  /** One for each version. */
  readonly verdicts: readonly Verdicts[];
}

/** Our programs on this Node alone. This needs nothing that must be installed. */
export async function oursHere(): Promise<Panel> {
  return { ...columnsOf([await runLine(false)]), rows: readRows(), problems: [] };
}

/** Our programs and the others on every line of Node, and the programs that do not run on Node. */
export async function everybody(): Promise<Panel> {
  const rows = readRows();
  const requests = rows.filter(({ reads }) => reads === "request");
  const responses = rows.filter(({ reads }) => reads === "response");
  const problems: string[] = [];
  const lines: NodeLine[] = [];
  for (const line of nodeLines) {
    const node = fetchNode(line);
    if ("path" in node) lines.push(await runChild(node.path));
    else problems.push(node.problem);
  }
  const columns = columnsOf(lines);
  const peers = async (name: "nginx" | "apache2", start: (program: string) => Promise<Daemon>) => {
    const program = findPeer(name);
    if (program === undefined) {
      problems.push(`${name} is not installed`);
      return [];
    }
    await using daemon = await start(program);
    return [column(name, [daemon.version], [await each(requests, (row) => askPeer(daemon.port, row))])];
  };
  return {
    rows,
    problems,
    requests: [
      ...columns.requests,
      ...(await peers("nginx", startNginx)),
      ...(await peers("apache2", startApache)),
    ],
    responses: [...columns.responses, ...(await curlColumn(responses, problems))],
  };
}

async function curlColumn(rows: readonly Row[], problems: string[]): Promise<Column[]> {
  const program = findPeer("curl");
  if (program === undefined) {
    problems.push("curl is not installed");
    return [];
  }
  const version = /^curl ([\d.]+)/.exec(await outputOf(program, ["--version"]))?.[1] ?? "";
  return [column("curl", [version], [await each(rows, (row) => curl(program, row))])];
}

async function runChild(node: string): Promise<NodeLine> {
  const module = new URL(`./child${import.meta.url.slice(-3)}`, import.meta.url);
  return JSON.parse(await outputOf(node, ["--no-warnings", fileURLToPath(module)])) as NodeLine;
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

function columnsOf(lines: readonly NodeLine[]): Pick<Panel, "requests" | "responses"> {
  return { requests: sideOf(lines, "requests"), responses: sideOf(lines, "responses") };
}

function sideOf(lines: readonly NodeLine[], side: "requests" | "responses"): Column[] {
  const names = Object.keys(lines[0]?.[side] ?? {});
  const versions = lines.map(({ version }) => version);
  return names.map((name) =>
    column(
      name,
      versions,
      lines.map((line) => line[side][name] ?? {}),
    ),
  );
}

function column(name: string, versions: readonly string[], verdicts: readonly Verdicts[]): Column {
  return { name, isOurs: name.startsWith("wirepane"), versions, verdicts };
}
