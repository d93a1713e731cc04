// Types what README.md and then the chapters of docs/guide tell their reader to type, as a newcomer would: in a fresh
// checkout, in one shell, in that order. So none of these commands can go out of date. Closes with `N passed, N failed`.
//     ```sh       every line is a command that must succeed; a line that ends in & starts a server, and a later line of
//                 the same block must stop that server
//     ```console  a transcript: after each `$ command`, every line shown must be printed. Numbers and bars may differ;
//                 a line that ends in " …" goes on, a line that is "…" stands for any
//     ```js       a program that must succeed in the checkout, and in an empty project where the package is installed
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Not run here, and why. */
const leftOut = new Map([["npm cit", "it is what .ci/run ran before"]]);

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wirepane-readme-"));
const [checkout, project, prefix] = [
  join(folder, "checkout"),
  join(folder, "project"),
  join(folder, "global"),
];
/** `npm install -g` writes to a folder of this run, not to the machine's own. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  PATH: `${prefix}/bin:${process.env.PATH}`,
  npm_config_prefix: prefix,
  NO_COLOR: "1",
};
const tally = { passed: 0, failed: 0 };
/** A free port for each port of the README, which may be taken on this machine. @type {Map<string, string>} */
const ports = new Map();

const chapters = readdirSync(`${root}docs/guide`).filter((name) => name.endsWith(".md"));
/** What is being typed. */
let document = "README.md";

copyCheckout();
const shell = startShell();
try {
  for (document of ["README.md", ...chapters.sort().map((name) => `docs/guide/${name}`)])
    await typeDocument();
  document = "README.md";
  const { printed } = await type("command -v wirepane");
  note(printed.trim() === join(prefix, "bin", "wirepane"), "wirepane is this checkout's command", printed);
} finally {
  if (shell.child.exitCode === null && shell.child.signalCode === null) {
    process.kill(-(shell.child.pid ?? 0), "SIGKILL");
    await once(shell.child, "close");
  }
  rmSync(folder, { recursive: true, force: true });
}
if (tally.passed === 0) note(false, "no command is shown", "");
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;

async function typeDocument() {
  const markdown = readFileSync(`${root}${document}`, "utf8");
  const links = [...markdown.matchAll(/\]\(([^):#]+)\)/g)].map(([, link]) => link ?? "");
  const dead = links.filter((link) => !existsSync(join(root, dirname(document), link)));
  note(dead.length === 0, "every link leads to a file", dead.join("\n"));
  for (const { language, lines } of codeBlocks(markdown)) {
    if (language === "sh") await typeBlock(lines.map((command) => ({ command, shown: [] })));
    else if (language === "console") await typeBlock(transcript(lines));
    else if (language === "js") await runProgram(lines.join("\n"));
  }
}

/** Copies what git would put into a clone if everything here were committed: nothing that is built or installed. */
function copyCheckout() {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  for (const name of stdout.split("\0").filter((name) => name !== "" && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(checkout, name)), { recursive: true });
    cpSync(join(root, name), join(checkout, name));
  }
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

/** @param {Step[]} steps */
async function typeBlock(steps) {
  let hasServers = false;
  for (const { command, shown } of steps) {
    const typed = command.replace(/\s+#.*$/, "").trim();
    if (typed === "" || typed.startsWith("#")) continue;
    if (leftOut.has(typed)) {
      console.log(`  ${typed}: not run, ${leftOut.get(typed)}`);
      continue;
    }
    const { status, printed } = await type(await withFreePorts(typed));
    if (typed.endsWith("&")) {
      hasServers = true;
      const said = await printedUntil(/:\d+/, 20_000);
      note(/:\d+/.test(said), typed, said);
    } else {
      const complaint = missingLines(shown, printed);
      note(status === "0" && complaint === "", typed, `exit ${status}\n${complaint}\nprinted:\n${printed}`);
    }
  }
  if (!hasServers) return;
  const { status, printed } = await type("wait", 20_000);
  note(status === "0", "the servers of a block are stopped at its end", printed);
}

/**
 * The port stays the same from block to block, as for a reader who types them one after the other.
 *
 * @param {string} command
 */
async function withFreePorts(command) {
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

/**
 * One shell for all lines, in a process group of its own, so that a line that hangs can be ended with all it started.
 */
function startShell() {
  const child = spawn("bash", ["--noprofile", "--norc"], {
    cwd: checkout,
    env: environment,
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const running = { child, printed: "" };
  child.stdout.on("data", (chunk) => {
    running.printed += chunk;
    child.emit("news");
  });
  child.on("exit", () => child.emit("news"));
  child.stdin.on("error", () => {}); // The shell was ended after a line that hung: each later line fails by its status.
  child.stdin.write("exec 2>&1\n");
  return running;
}

/**
 * Types a line and waits until the shell is done with it.
 *
 * @param {string} line
 */
async function type(line, maxMs = 300_000) {
  shell.printed = "";
  shell.child.stdin.write(`{ ${line}\n} </dev/null; printf '\\n%s %s\\n' line-done $?\n`);
  const said = await printedUntil(/\nline-done (\d+)\n/, maxMs);
  const [end, status] = /\nline-done (\d+)\n/.exec(said) ?? ["", "none: the line hung, or the shell ended"];
  if (end === "" && shell.child.exitCode === null) process.kill(-(shell.child.pid ?? 0), "SIGKILL");
  return { status, printed: said.replace(end, "\n") };
}

/**
 * What the shell printed since the last line was typed, as soon as the pattern is in it or `maxMs` are over.
 *
 * @param {RegExp} pattern
 * @param {number} maxMs
 */
async function printedUntil(pattern, maxMs) {
  const { child } = shell;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.emit("news");
  }, maxMs);
  while (!pattern.test(shell.printed) && !isLate && child.exitCode === null && child.signalCode === null) {
    await once(child, "news");
  }
  clearTimeout(timer);
  return shell.printed;
}

/**
 * The lines that should have been printed and were not.
 *
 * @param {string[]} shown
 * @param {string} printed
 */
function missingLines(shown, printed) {
  const lines = printed.split("\n").map(shape);
  const isPrinted = (/** @type {string} */ line) =>
    line.endsWith(" …")
      ? lines.some((other) => other.startsWith(shape(line.slice(0, -2))))
      : lines.includes(shape(line));
  const missing = shown.filter((line) => line.trim() !== "…" && !isPrinted(line));
  return missing.map((line) => `not printed: ${line}`).join("\n");
}

/** What stays the same from run to run. @param {string} line */
function shape(line) {
  return line
    .replace(/\d+(\.\d+)*/g, "#")
    .replace(/[▁-▏─═▸░█]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** @param {string} source */
async function runProgram(source) {
  const name = `the program that begins with ${source.split("\n")[0]}`;
  writeFileSync(join(checkout, "hello.mjs"), source);
  const { status, printed } = await type("node hello.mjs");
  note(status === "0", `${name}, in the checkout`, printed);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }\n');
  writeFileSync(join(project, "hello.mjs"), source);
  const install = `npm pack --silent --pack-destination ${project} && cd ${project} && npm install --silent ./*.tgz`;
  const installed = await type(`( ${install} && node hello.mjs )`);
  note(installed.status === "0", `${name}, with npm pack and npm install`, installed.printed);
}

/**
 * @param {boolean} passed
 * @param {string} name
 * @param {string} details
 */
function note(passed, name, details) {
  tally[passed ? "passed" : "failed"] += 1;
  console.log(`${passed ? "✓" : "✗"} ${document}: ${name}`);
  if (!passed) console.log(details.trimEnd().replace(/^/gm, "    "));
}
