// How long until the command has done its work, beside `node -e 0` on the same Node: the floor for any program.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { cachedNode, nodeLines } from "../tools/nodes.js";
import { interleave, type Measurement, type Settings, type Table } from "./row.ts";

const command = fileURLToPath(new URL("../../dist/wirepane.cjs", import.meta.url));
const answerServer = fileURLToPath(new URL("./answer-server.js", import.meta.url));

export async function startupRow({ rounds }: Settings): Promise<Table[]> {
  const server = spawn(process.execPath, [answerServer], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(server.stdout, "data");
  const url = `http://127.0.0.1:${String(port).trim()}/`;
  const otherNodes = nodeLines.map(cachedNode).filter((path) => path !== undefined);
  const tables = [process.execPath, ...otherNodes].map((node) => startupOn(node, url, rounds * 3));
  server.kill();
  return tables;
}

function startupOn(node: string, url: string, rounds: number): Table {
  const time = (args: readonly string[]) => (): Measurement => {
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync(node, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const value = Number(process.hrtime.bigint() - start) / 1e6;
    if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
    return { value };
  };
  const peers = interleave(
    rounds,
    new Map([
      ["node -e 0", time(["-e", "0"])],
      ["wirepane --version", time([command, "--version"])],
      ["wirepane http URL", time([command, "http", url])],
      ["node:http get", time(["-e", `require("http").get("${url}",r=>r.pipe(process.stdout))`])],
      ["fetch", time(["-e", `fetch("${url}").then(r=>r.text()).then(t=>process.stdout.write(t))`])],
    ]),
  );
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  return { title: `start, Node ${version}`, unit: "ms", peers };
}
