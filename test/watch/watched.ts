import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { latin1 } from "../../src/bytes/text.ts";
import { type ConnectionRecord, type Direction, fromNdjson, type TraceRecord } from "../../src/trace.ts";
import { type CliOptions, runCli } from "../support/cli.ts";

/** A folder for the programs of one test file. */
export class Programs {
  readonly folder = mkdtempSync(join(tmpdir(), "wirepane-watched-"));
  #count = 0;

  /** Writes a program. `ending`: .mjs by default. */
  write(source: string, ending = ".mjs"): string {
    const file = join(this.folder, `program-${++this.#count}${ending}`);
    writeFileSync(file, source);
    return file;
  }

  /** Runs a command line under `wirepane watch --record`. */
  async watch(command: readonly string[], options: WatchOptions = {}): Promise<Watched> {
    const file = join(this.folder, `recording-${++this.#count}.ndjson`);
    const words = ["watch", "--record", file, ...(options.reveal ? ["--reveal"] : []), "--", ...command];
    const { code, stdout, stderr } = await runCli(words, { timeoutMs: 60_000, ...options });
    return {
      code,
      stdout: String(stdout),
      stderr,
      records: recordsOf(file),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface WatchOptions extends CliOptions {
  readonly reveal?: boolean;
}

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Watched extends Result {
  readonly records: readonly TraceRecord[];
}

/** A program that has no connection leaves an empty recording. */
function recordsOf(file: string): TraceRecord[] {
  const text = readFileSync(file, "utf8");
  return text === "" ? [] : fromNdjson(text);
}

/** Runs the same command line without us. */
export async function unwatched([file = "", ...words]: readonly string[]): Promise<Result> {
  const child = spawn(file, words, {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

/** All bytes of one direction of one end. */
export function textOf(records: readonly TraceRecord[], connection: number, direction: Direction): string {
  return records
    .filter((record) => record.connection === connection)
    .map((record) => (record.type === "bytes" && record.direction === direction ? latin1(record.bytes) : ""))
    .join("");
}

/** The ends whose bytes of this direction match, with both directions. */
export function endsThat(records: readonly TraceRecord[], role: "client" | "server", sent: RegExp) {
  const numbers = new Set(records.filter((each) => each.role === role).map(({ connection }) => connection));
  return [...numbers]
    .map((number) => ({
      number,
      sent: textOf(records, number, "out"),
      received: textOf(records, number, "in"),
    }))
    .filter((end) => sent.test(end.sent));
}

/** The connection events of these kinds, of all ends. */
export function eventsOf<Kind extends ConnectionRecord["event"]["kind"]>(
  records: readonly TraceRecord[],
  kind: Kind,
): Extract<ConnectionRecord["event"], { kind: Kind }>[] {
  return records.flatMap((record) =>
    record.type === "connection" && record.event.kind === kind
      ? [record.event as Extract<ConnectionRecord["event"], { kind: Kind }>]
      : [],
  );
}
