import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Only benchmarks and slow tests need these packages, so they are no dependencies. They are fetched into the cache when needed. */
const PEERS = {
  fastify: "5.12.8",
  express: "5.3.0",
  got: "14.6.5",
  axios: "1.21.1",
  "http-parser-js": "0.5.10",
  ioredis: "6.0.0",
  mysql2: "3.24.6",
  pg: "8.23.1",
  tsx: "4.23.15",
  ws: "8.23.0",
} as const;

export type NpmPeer = keyof typeof PEERS;

const cache = new URL("../../.cache/bench-peers/", import.meta.url);

/** The URL of the package's main module, and its version. @throws if the package cannot be fetched. */
export function npmPeer(name: NpmPeer): { readonly path: string; readonly version: string } {
  const home = new URL(`${name}-${PEERS[name]}/`, cache);
  const packageFile = new URL(`node_modules/${name}/package.json`, home);
  if (!existsSync(packageFile)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(new URL("package.json", home), '{ "private": true }\n');
    const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${PEERS[name]}`];
    const { status } = spawnSync("npm", install, {
      cwd: fileURLToPath(home),
      stdio: "ignore",
      timeout: 60_000,
    });
    if (status !== 0) throw new Error("npm could not fetch it");
  }
  const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
  return { path: pathToFileURL(createRequire(home).resolve(name)).href, version };
}

/** The one peer that is a development dependency. */
export function undiciVersion(): string {
  const { version } = createRequire(import.meta.url)("undici/package.json") as { version: string };
  return `undici ${version}`;
}
