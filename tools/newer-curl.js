// A curl that is new enough to be compared with: the one on the PATH, or Debian's newest, unpacked into .cache/ beside the
// system (nothing is installed).
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findPeer } from "./peers.js";

/** The cases were written beside 8.23; older ones lack options. */
const OLDEST = { major: 8, minor: 20 };

const isBuilt = import.meta.url.includes("/build/tools/");
const folder = fileURLToPath(
  new URL(isBuilt ? "../../.cache/peers/curl8/" : "../.cache/peers/curl8/", import.meta.url),
);

/**
 * The path of a curl that is new enough.
 *
 * @param {(line: string) => void} say hears of a download before it begins
 * @returns {{ path: string } | { problem: string }}
 */
export function newerCurl(say) {
  const candidates = [process.env.WIREPANE_CURL, findPeer("curl"), `${folder}curl`];
  const path = candidates.find((candidate) => candidate !== undefined && isNewEnough(candidate));
  if (path !== undefined) return { path };
  const oldest = `${OLDEST.major}.${OLDEST.minor}`;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version") || process.arch !== "x64")
    return { problem: `no curl ≥ ${oldest}: it is fetched as root on Debian (x64) only` };
  say(`fetching a curl ≥ ${oldest} into .cache/ (Debian sid, beside the system): ours is compared with it`);
  const problem = unpack();
  if (problem !== undefined) return { problem: `no curl ≥ ${oldest}: ${problem}` };
  return isNewEnough(`${folder}curl`)
    ? { path: `${folder}curl` }
    : { problem: `no curl ≥ ${oldest}: the one in Debian sid is older, or does not run here` };
}

/** @param {string} path */
function isNewEnough(path) {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  const [major = 0, minor = 0] =
    /^curl (\d+)\.(\d+)/
      .exec(stdout ?? "")
      ?.slice(1)
      .map(Number) ?? [];
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}

/** @returns {string | undefined} what went wrong */
function unpack() {
  for (const name of ["lists/partial", "archives/partial", "root"])
    mkdirSync(folder + name, { recursive: true });
  const sources = "/etc/apt/sources.list.d/debian.sources";
  const mirror = existsSync(sources) ? /^URIs: *(\S+)/m.exec(readFileSync(sources, "utf8"))?.[1] : undefined;
  if (mirror === undefined) return `${sources} names no mirror`;
  const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
  writeFileSync(`${folder}sources.list`, `deb [signed-by=${key}] ${mirror} sid main\n`);
  writeFileSync(`${folder}status`, "");
  for (const words of [["update"], ["--yes", "--download-only", "install", "curl"]]) {
    const { status, stderr } = spawnSync("apt-get", ["-qq", ...options(), ...words], {
      encoding: "utf8",
      timeout: 300_000,
    });
    if (status !== 0) return `apt-get ${words[0]}: ${stderr?.trim().split("\n").at(-1) ?? "cannot be run"}`;
  }
  for (const name of readdirSync(`${folder}archives`).filter((each) => each.endsWith(".deb")))
    spawnSync("dpkg", ["-x", `${folder}archives/${name}`, `${folder}root`]);
  // Its libraries are newer than the system's, so the program starts by their loader.
  const libraries = `${folder}root/usr/lib/x86_64-linux-gnu`;
  const start = `${libraries}/ld-linux-x86-64.so.2 --library-path ${libraries} --argv0 curl`;
  writeFileSync(`${folder}curl`, `#!/bin/sh\nexec ${start} ${folder}root/usr/bin/curl "$@"\n`);
  chmodSync(`${folder}curl`, 0o755);
  return undefined;
}

/** apt-get with lists and archives of its own. */
function options() {
  const settings = [
    `Dir::Etc::sourcelist=${folder}sources.list`,
    "Dir::Etc::sourceparts=/nonexistent",
    `Dir::State::lists=${folder}lists`,
    `Dir::State::status=${folder}status`,
    `Dir::Cache::archives=${folder}archives`,
    "APT::Sandbox::User=root",
    "APT::Install-Recommends=0",
  ];
  return settings.flatMap((setting) => ["-o", setting]);
}
