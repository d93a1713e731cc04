import { readFileSync } from "node:fs";
import { ROOT } from "../test/support/root.ts";

/** What verdicts.md wants of a row. */
export interface Verdict {
  /** Of the core: `ok`, or the status it suggests; of a response `error`. */
  readonly core: string;
  /** Of the server or the client around it, in the words of the document. */
  readonly live: string;
}

/** By direction and id: "request cl-plus". */
export function readVerdicts(): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  let reads = "";
  for (const line of readFileSync(new URL("wire/verdicts.md", ROOT), "utf8").split("\n")) {
    if (line.startsWith("## ")) reads = line === "## Requests" ? "request" : "response";
    const [, id = "", core = "", live = ""] = /^\| ([\w-]+) \| ([^|]+) \| ([^|]+) \|/.exec(line) ?? [];
    if (core === "" || id === "id" || id.startsWith("--")) continue;
    if (verdicts.has(`${reads} ${id}`)) throw new Error(`two verdicts of ${reads} ${id}`);
    verdicts.set(`${reads} ${id}`, { core, live });
  }
  return verdicts;
}
