import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { freePort } from "../../tools/free-port.js";
import { startDaemon, stopDaemon } from "./daemon.ts";

/** Where the programs of PostgreSQL are. */
export interface Postgres {
  readonly folder: string;
  /** Whom the server runs as: it refuses to be root. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const DEBIAN = "/usr/lib/postgresql";

/** `undefined`: it is not here, or there is no user to run it as. */
export function findPostgres(): Postgres | undefined {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, "bin"))
    : [];
  const folders = [...versions, ...(process.env.PATH ?? "").split(delimiter)];
  const folder = folders.find((each) =>
    ["initdb", "postgres", "psql"].every((name) => existsSync(join(each, name))),
  );
  if (folder === undefined) return undefined;
  if (process.getuid?.() !== 0) return { folder, uid: undefined, gid: undefined };
  const idOf = (option: string) =>
    Number(spawnSync("id", [option, "postgres"], { encoding: "utf8" }).stdout || Number.NaN);
  const [uid, gid] = [idOf("-u"), idOf("-g")];
  return Number.isNaN(uid) || Number.isNaN(gid) ? undefined : { folder, uid, gid };
}

/** A server with an empty database, to which everybody on this machine may connect. */
export async function startPostgres(
  { folder, uid, gid }: Postgres,
  data: string,
): Promise<AsyncDisposable & { readonly port: number }> {
  mkdirSync(data);
  const user = uid === undefined || gid === undefined ? {} : { uid, gid };
  if (uid !== undefined && gid !== undefined) chownSync(data, uid, gid);
  chmodSync(data, 0o700);
  const init = ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"];
  execFileSync(join(folder, "initdb"), init, { ...user, stdio: "pipe" });
  const port = await freePort();
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", "", "-F"];
  const child = await startDaemon(join(folder, "postgres"), options, port, user);
  return { port, [Symbol.asyncDispose]: () => stopDaemon(child, "SIGINT") };
}
