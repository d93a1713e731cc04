import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const sources = new URL("../../bench/c/", import.meta.url);
const cache = new URL("../../.cache/bench/", import.meta.url);

/** Compiles a program of `bench/c/`, once. @throws if there is no C compiler. */
export function cProgram(name: string): string {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const source = fileURLToPath(new URL(`${name}.c`, sources));
  const program = cacheFile(name);
  const { status, stderr, error } = spawnSync("cc", ["-O2", "-o", program, source], { encoding: "utf8" });
  if (error) throw new Error("there is no C compiler here (cc)");
  if (status !== 0) throw new Error(stderr);
  compiled.set(name, program);
  return program;
}

const compiled = new Map<string, string>();

/** The folder for files that the benchmark makes. */
export function cacheFile(name: string): string {
  mkdirSync(cache, { recursive: true });
  return fileURLToPath(new URL(name, cache));
}

/** Writes messages in the form that the C programs read: length, line feed, message. Returns the path of the file. */
export function messageFile(name: string, messages: readonly string[]): string {
  const path = cacheFile(`${name}.messages`);
  writeFileSync(path, messages.map((message) => `${message.length}\n${message}`).join(""), "latin1");
  return path;
}
