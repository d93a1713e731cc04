import { counted } from "../../browser.ts";
import { type ClientRow, spent, type Waiting } from "./waiting.ts";

/** What of a server decides who waits. */
export interface ServerOfRun {
  readonly model: "sequential" | "event-loop" | "threads" | "processes";
  readonly workers: number;
}

/** Shorter waits are not worth a word. Beside a long silence, a busy machine makes longer waits than that. */
const REMARKABLE_NS = 50e6;
const REMARKABLE_SHARE = 1 / 20;

/** What a run shows, in a few sentences. */
export function wordsOf({ clients }: Waiting, server: ServerOfRun): string[] {
  const known = clients.filter(({ parts }) => parts.length > 0);
  if (known.length === 0) return ["The records of the clients are on their way."];
  const waited = mostOf(known, "waiting");
  const silent = mostOf(known, "slow");
  const sentences = [];
  if (waited.ns >= Math.max(REMARKABLE_NS, silent.ns * REMARKABLE_SHARE)) {
    sentences.push(
      `Client ${waited.row.client} ${waited.row.parts.at(-1)?.doing === "waiting" ? "has waited" : "waited"} ${inUnits(waited.ns)}, because ${REASONS[server.model](server.workers)}.`,
    );
    if (silent.ns > 0 && silent.row !== waited.row)
      sentences.push(
        `Client ${silent.row.client} was silent for ${inUnits(silent.ns)}, and the others had to wait for it.`,
      );
  } else {
    sentences.push(
      `No client waited longer than ${inUnits(waited.ns)}: ${REASONS[server.model](server.workers)}.`,
    );
    if (silent.ns > 0)
      sentences.push(`Client ${silent.row.client} was silent for ${inUnits(silent.ns)}, and delayed nobody.`);
  }
  if (known.some(({ seenByServer, parts }) => !seenByServer && parts.some(({ doing }) => doing === "served")))
    sentences.push(
      "The server's records are missing: being served begins here with the first byte of the answer.",
    );
  return sentences;
}

const REASONS: Readonly<Record<ServerOfRun["model"], (workers: number) => string>> = {
  sequential: () => "the server serves one client at a time",
  "event-loop": () => "one thread serves whichever client has sent something",
  threads: (workers) =>
    `the server has ${counted(workers, "thread")}, and no thread waits for a silent client`,
  processes: (workers) =>
    `the server has ${counted(workers, "process", "processes")}, and no process waits for a silent client`,
};

function mostOf(rows: readonly ClientRow[], doing: "waiting" | "slow"): { row: ClientRow; ns: number } {
  return rows
    .map((row) => ({ row, ns: spent(row, doing) }))
    .reduce((most, one) => (one.ns > most.ns ? one : most));
}

/** For a sentence: "40 ms", "2.1 s". */
function inUnits(nanoseconds: number): string {
  const ms = Math.max(Math.ceil(nanoseconds / 1e6), 1);
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
