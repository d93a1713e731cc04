// Runs what README.md tells its reader to type, against the packed package in an empty folder, so that no command
// there can go stale. Closes with `N passed, N failed`.
//     ```sh       every line is a command that must succeed; one that ends in & is a server for the lines below it
//     ```console  a transcript: after each `$ command`, every line shown must be printed. Numbers and bars may differ;
//                 a line that ends in " …" goes on, a line that is "…" stands for any
//     ```js       a program that must succeed
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Not run here, and why. */
const leftOut = new Map([["npm cit", "it is what .ci/run ran before"]]);

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wirepane-readme-"));
const path = `${folder}/node_modules/.bin:${process.env.PATH}`;
const tally = { passed: 0, failed: 0 };

try {
  const readme = readFileSync(`${root}README.md`, "utf8");
  const dead = [...readme.matchAll(/\]\(([^):]+)\)/g)].filter(([, link]) => !existsSync(`${root}${link}`));
  note(dead.length === 0, "every link leads to a file", dead.join("\n"));
  installPacked();
  for (const { language, lines } of codeBlocks(readme)) {
    if (language === "sh") await runCommands(lines.map((command) => ({ command, shown: [] })));
    else if (language === "console") await runCommands(transcript(lines));
    else if (language === "js") await runProgram(lines.join("\n"));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (tally.passed === 0) note(false, "README.md shows no command", "");
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;

function installPacked() {
  const options = { cwd: root, encoding: /** @type {const} */ ("utf8") };
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", folder], options);
  const tarball = packed.stdout.trim().split("\n").at(-1) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
  const installed = spawnSync("npm", ["install", "--silent", `./${tarball}`], { ...options, cwd: folder });
  note(
    packed.status === 0 && installed.status === 0,
    "npm pack, npm install",
    packed.stderr + installed.stderr,
  );
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site", "index.html"), "<h1>It works</h1>\n");
}

/** @param {string} markdown */
function codeBlocks(markdown) {
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text = ""]) => ({
    language,
    lines: text
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => line.trim() !== ""),
  }));
}

/**
 * @typedef {{ command: string, shown: string[] }} Step
 * @param {string[]} lines
 */
function transcript(lines) {
  /** @type {Step[]} */
  const steps = [];
  for (const line of lines) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), shown: [] });
    else steps.at(-1)?.shown.push(line);
  }
  return steps;
}

/**
 * Runs the commands of one block in their order, and stops at its end what they started with &.
 *
 * @param {Step[]} steps
 */
async function runCommands(steps) {
  /** @type {import("node:child_process").ChildProcess[]} */
  const servers = [];
  const ports = new Map();
  for (const step of steps) {
    const typed = step.command.replace(/\s+#.*$/, "").trim();
    if (typed === "" || typed.startsWith("#")) continue;
    if (leftOut.has(typed)) {
      console.log(`  ${typed}: not run, ${leftOut.get(typed)}`);
      continue;
    }
    const command = await withFreePorts(typed, ports);
    if (command.endsWith("&")) servers.push(await startServer(typed, command.slice(0, -1)));
    else await runToEnd(typed, command, step.shown);
  }
  for (const server of servers) {
    if (server.exitCode !== null || server.pid === undefined) continue;
    process.kill(-server.pid, "SIGTERM");
    await once(server, "close");
  }
}

/**
 * The ports of the README may be taken on this machine: the same command with ports that are not.
 *
 * @param {string} command
 * @param {Map<string, string>} ports
 */
async function withFreePorts(command, ports) {
  for (const [port] of command.matchAll(/\b(?:9\d{3}|8\d{3})\b/g)) {
    if (!ports.has(port)) ports.set(port, await freePort());
  }
  return [...ports].reduce((text, [port, free]) => text.replaceAll(port, free), command);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return String(typeof address === "object" ? address?.port : address);
}

/** @param {string} command */
function start(command) {
  const cwd = command.startsWith("npm ") ? root : folder;
  const env = { ...process.env, PATH: path, NO_COLOR: "1" };
  // A group of its own, so that the end of a pipeline ends all of it.
  const child = spawn("bash", ["-c", command], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const running = { child, printed: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      running.printed += chunk;
      child.emit("printed");
    });
  }
  return running;
}

/**
 * @param {string} typed
 * @param {string} command
 */
async function startServer(typed, command) {
  const server = start(command);
  const { child } = server;
  const late = setTimeout(() => child.emit("printed", "late"), 20_000);
  while (!/:\d+/.test(server.printed) && child.exitCode === null) {
    const [why] = await Promise.race([once(child, "printed"), once(child, "close").then(() => ["ended"])]);
    if (why === "late" || why === "ended") break;
  }
  clearTimeout(late);
  note(/:\d+/.test(server.printed), typed, server.printed);
  return child;
}

/**
 * @param {string} typed
 * @param {string} command
 * @param {string[]} shown
 */
async function runToEnd(typed, command, shown) {
  const running = start(command);
  const timer = setTimeout(() => process.kill(-(running.child.pid ?? 0), "SIGKILL"), 120_000);
  const [code, signal] = await once(running.child, "close");
  clearTimeout(timer);
  const printed = running.printed.split("\n").map(shape);
  const isPrinted = (/** @type {string} */ line) =>
    line.endsWith(" …")
      ? printed.some((other) => other.startsWith(shape(line.slice(0, -2))))
      : printed.includes(shape(line));
  const missing = shown.filter((line) => line.trim() !== "…" && !isPrinted(line));
  const complaint = missing.map((line) => `not printed: ${line}`).join("\n");
  note(
    code === 0 && missing.length === 0,
    typed,
    `exit ${code ?? signal}\n${complaint}\nprinted:\n${running.printed}`,
  );
}

/** What stays the same from run to run. @param {string} line */
function shape(line) {
  return line
    .replace(/\d+(\.\d+)*/g, "#")
    .replace(/[▁-▏]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** @param {string} source */
async function runProgram(source) {
  writeFileSync(join(folder, "program.js"), source);
  await runToEnd(`the program that begins with ${source.split("\n")[0]}`, "node program.js", []);
}

/**
 * @param {boolean} passed
 * @param {string} name
 * @param {string} details
 */
function note(passed, name, details) {
  tally[passed ? "passed" : "failed"] += 1;
  console.log(`${passed ? "✓" : "✗"} README: ${name}`);
  if (!passed) console.log(details.trimEnd().replace(/^/gm, "    "));
}
