import { spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { type DetailedCase, ok, shown, wordsOf } from "./case.ts";
import { filesIn, PIN, prepare } from "./files.ts";
import { type ScriptedServer, scriptedServer } from "./scripted-server.ts";

/** A program and the words before the line's. */
export type Program = readonly string[];

/** What one program did with a case. */
export interface Deed {
  /** Octets of each connection. */
  readonly wire: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly files: readonly string[];
  /** The exit code, the signal, or "hung". */
  readonly exit: number | string;
}

const HANG_MS = 10_000;
/** The folder of a case is its home. What V8 compiled is kept elsewhere. */
const USUAL = {
  PATH: process.env.PATH,
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
  TZ: "UTC",
  LC_ALL: "C.UTF-8",
};

/** Runs the case with both. What we refuse is not asked of curl: it may wait for a server of another protocol. */
export async function runBoth(
  given: DetailedCase,
  [theirs, ours]: readonly [Program, Program],
  folder: string,
): Promise<readonly [theirs: Deed, ours: Deed]> {
  const deeds = await runCase(given, given.refused === undefined ? [theirs, ours] : [ours], folder);
  return [deeds[0], deeds.at(-1)] as [Deed, Deed];
}

/** Runs the case with each program, one after the other, against the same servers and in a folder that is filled anew. */
async function runCase(
  given: DetailedCase,
  programs: readonly Program[],
  folder: string,
): Promise<readonly Deed[]> {
  const { answers = ok(), answers2 = ok(), connect, first, piece } = given;
  const line = shown(given);
  const path = line.includes("SOCK") ? `${folder}.sock` : undefined;
  let fill = (text: string) => text;
  const common = { piece, connect, fill: (text: string) => fill(text) };
  await using server = await scriptedServer(
    { ...common, answers, first },
    { path, ipv6: /(?:URL|HOST)6/.test(line) },
  );
  await using second = await scriptedServer({ ...common, answers: answers2 });
  fill = filler(server.port, second.port, folder);
  const deeds: Deed[] = [];
  for (const program of programs) {
    for (const each of [server, second]) each.reset();
    prepare(folder, { ...given, files: mapValues(given.files ?? {}, fill) });
    deeds.push(await run(given, program, folder, [server, second], fill));
  }
  return deeds;
}

async function run(
  given: DetailedCase,
  program: Program,
  folder: string,
  servers: readonly ScriptedServer[],
  fill: (text: string) => string,
): Promise<Deed> {
  const [command = "", ...words] = [...program, ...wordsOf(given.line).map(fill)];
  const env = mapValues(given.env ?? {}, fill);
  const child = spawn(command, words, {
    cwd: folder,
    env: { ...USUAL, HOME: folder, ...env },
    stdio: "pipe",
    detached: true,
  });
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, HANG_MS);
  const printed = { stdout: "", stderr: "" };
  child.stdout.setEncoding("latin1").on("data", (text: string) => (printed.stdout += text));
  child.stderr.setEncoding("latin1").on("data", (text: string) => (printed.stderr += text));
  child.stdin.on("error", () => {}); // it may end before it has read its input
  child.stdin.end(Buffer.from(given.stdin ?? "", "latin1"));
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  const wire = await Promise.all(servers.map((server) => server.received()));
  return {
    wire: wire.flat(),
    ...printed,
    files: filesIn(folder, given.stat ?? false),
    exit: hung ? "hung" : (code ?? signal),
  };
}

/** Where the two differ: a line for each kind, with both sides. */
export function differences(given: DetailedCase, theirs: Deed, ours: Deed): readonly string[] {
  const kinds: readonly (keyof Deed)[] = ["wire", "stdout", "files", "exit"];
  const found = kinds.flatMap((kind) => {
    const [a, b] = [theirs, ours].map((deed) => comparable(given, kind, deed[kind]));
    return a === b ? [] : [`${kind}\n      curl ${quoted(a)}\n      ours ${quoted(b)}`];
  });
  return [...found, ...differentStderr(given, theirs.stderr, ours.stderr)];
}

function differentStderr(given: DetailedCase, theirs: string, ours: string): readonly string[] {
  if (given.stderr === undefined) return [];
  const [a, b] = [theirs, ours].map((text) => {
    if (given.stderr === "whether") return String(text !== "");
    // curl breaks its lines at the width of a terminal.
    if (given.stderr === "warnings")
      return comparable(given, "stderr", text.replaceAll(" \nWarning: ", " ").match(/^Warning: .*$/gm) ?? []);
    return comparable(given, "stderr", text.match(/^[<>].*$/gm) ?? []);
  });
  return a === b ? [] : [`stderr\n      curl ${quoted(a)}\n      ours ${quoted(b)}`];
}

/** Node 20 has no zstd, so we do not ask for zstd there. */
const HAS_ZSTD = "zstd" in process.versions;

/** As text, without what may differ: the product's name, boundaries, the client's nonce and what is computed from it. */
function comparable({ hide, anyOrder }: DetailedCase, kind: keyof Deed, value: Deed[keyof Deed]): string {
  if (typeof value === "number") return String(value);
  const all = typeof value === "string" ? [value] : anyOrder && kind === "wire" ? [...value].sort() : value;
  const text = all
    .join(kind === "wire" ? "\n————\n" : "\n")
    .replace(/^((?:[<>=] )?(?:Proxy-)?User-Agent: )(?:curl|wirepane)\/[\d.]+/gim, "$1itself")
    .replace(/^((?:> )?Accept-Encoding: deflate, gzip, br), zstd(?=\r?$)/gm, HAS_ZSTD ? "$&" : "$1")
    .replace(/-{24}[A-Za-z0-9]{22}/g, "BOUNDARY")
    .replace(/cnonce="[^"]*"/g, 'cnonce="…"')
    .replace(/response="([^"]*)"/g, (_, digits: string) => `response="${digits.replace(/./g, "x")}"`);
  return hidden(text, hide);
}

function hidden(text: string, hide: RegExp | undefined): string {
  return hide === undefined
    ? text
    : text.replace(new RegExp(hide.source, `${hide.flags.replace("g", "")}g`), "…");
}

function quoted(text: string | undefined): string {
  const all = JSON.stringify(text);
  return all.length > 1_000 ? `${all.slice(0, 1_000)}… (${all.length})` : all;
}

/** Puts addresses in place of the words that stand for them. */
function filler(port: number, port2: number, folder: string): (text: string) => string {
  const names: Readonly<Record<string, string>> = { GONE: "1", SOCK: `${folder}.sock`, DIR: folder, PIN };
  return (text) =>
    text.replace(
      /\b(URL|HOST|PORT|TLS)([26]?)\b|\b(?:GONE|SOCK|DIR|PIN)\b/g,
      (word, kind?: string, which?: string) => {
        const at = which === "2" ? port2 : port;
        const host = which === "6" ? "[::1]" : "127.0.0.1";
        if (kind === "URL") return `http://${host}:${at}`;
        if (kind === "HOST") return `${host}:${at}`;
        if (kind === "TLS") return `https://localhost:${at}`;
        return kind === "PORT" ? String(at) : (names[word] ?? word);
      },
    );
}

function mapValues(
  record: Readonly<Record<string, string>>,
  map: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
