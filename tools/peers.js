// The programs of others that the tests talk to, and how to get them on Debian.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Program → the Debian package that has it. */
export const peerPackages = {
  curl: "curl",
  ncat: "ncat",
  socat: "socat",
  nginx: "nginx-light",
  "nginx-stream": "libnginx-mod-stream",
  apache2: "apache2-bin",
  wget: "wget",
  ab: "apache2-utils",
  wrk: "wrk",
  python3: "python3",
  openssl: "openssl",
  tshark: "tshark",
  h11: "python3-h11",
  chromium: "chromium",
  "redis-server": "redis-server",
  "redis-cli": "redis-tools",
  git: "git",
  squid: "squid",
  tinyproxy: "tinyproxy",
  haproxy: "haproxy",
  microsocks: "microsocks",
  danted: "dante-server",
};

/** @typedef {keyof typeof peerPackages} Peer */

/**
 * @param {Peer} program
 * @returns {string | undefined} its path
 */
export function findPeer(program) {
  if (program === "h11") return findPythonWithH11();
  if (program === "nginx-stream") return NGINX_STREAM.find((path) => existsSync(path));
  // Servers are in sbin, which is not on every PATH.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** The module of nginx that passes bytes on: a file that its configuration loads. */
const NGINX_STREAM = ["/usr/lib/nginx/modules/ngx_stream_module.so"];

/**
 * A Python that has the module h11: the first on the PATH, or Debian's if that is another one.
 *
 * @returns {string | undefined} its path
 */
function findPythonWithH11() {
  const pythons = [findPeer("python3"), "/usr/bin/python3"];
  return pythons.find((path) => path && spawnSync(path, ["-c", "import h11"]).status === 0);
}

/**
 * Installs missing programs where no question is needed: as root on Debian.
 *
 * @param {(line: string) => void} say
 */
export function installMissingPeers(say) {
  const missing = missingPeers();
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => peerPackages[program]))];
  const command = `apt-get install ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    say(`missing ${missing.join(", ")}: the tests that need them will fail (on Debian, as root: ${command})`);
    return;
  }
  say(`installing with apt-get, since tests talk to real programs: ${packages.join(" ")}`);
  // RUNLEVEL=1 keeps a freshly installed server from being started as a service.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    const { status, stderr } = spawnSync("apt-get", ["-qq", ...args], {
      env,
      encoding: "utf8",
      timeout: 300_000,
    });
    if (status !== 0)
      say(`apt-get ${args[0]} failed: ${stderr?.trim().split("\n").at(-1) ?? "cannot be run"}`);
  }
  const still = missingPeers();
  if (still.length > 0) say(`still missing ${still.join(", ")}: the tests that need them will fail`);
}

function missingPeers() {
  const programs = /** @type {Peer[]} */ (Object.keys(peerPackages));
  return programs.filter((program) => findPeer(program) === undefined);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // missing, or we may not run it
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) installMissingPeers(console.log);
