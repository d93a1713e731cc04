import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";
import { ROOT } from "../../test/support/root.ts";

/*
 * The inputs that have reached something new: a file for each target, with a JSON string in latin1 on each line. The
 * files are readable, and small enough to be kept with the code.
 */

const FOLDER = new URL("checks/fuzz/corpus/", ROOT);
/** The file of one target. */
const MAX_FILE_BYTES = 18_000;

const fileOf = (target: string) => new URL(`${target}.jsonl`, FOLDER);

export function readCorpus(target: string): Uint8Array[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => latin1Bytes(JSON.parse(line) as string));
}

/** @param inputs the most wanted first: inputs beyond the size limit are left out. */
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(FOLDER, { recursive: true });
  let text = "";
  for (const line of inputs.map(asLine)) {
    if (text.length + line.length <= MAX_FILE_BYTES) text += line;
  }
  writeFileSync(fileOf(target), text);
}

/** An input as a line of the corpus. */
export function asLine(input: Uint8Array): string {
  const json = JSON.stringify(latin1(input));
  return `${json.replace(/[\u007f-\uffff]/g, (octet) => `\\u${octet.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
