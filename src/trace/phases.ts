import type { TraceRecord } from "./record.ts";

/** A part of the time of one exchange. */
export interface Phase {
  /** What the time was spent on. */
  readonly name: "connect" | "send" | "server" | "wait" | "receive";
  /** How long the phase took, in milliseconds. */
  readonly ms: number;
}

/**
 * How the time of one exchange was spent, from the records of its client and, if there are any, of its server. Without
 * records of the server, the time between request and response is one phase, "wait".
 */
export function phasesOf(records: readonly TraceRecord[]): Phase[] {
  const client = records.filter(({ role }) => role === "client");
  const server = records.filter(({ role }) => role === "server");
  const bytes = (some: readonly TraceRecord[], direction: "in" | "out") =>
    some.filter((record) => record.type === "bytes" && record.direction === direction);
  const started = client.find((record) => record.type === "connection" && record.event.kind === "attempt")?.t;
  const connected = client.find(
    (record) => record.type === "connection" && record.event.kind === "connected",
  )?.t;
  const sent = bytes(client, "out").at(-1)?.t;
  const arrived = bytes(server, "in").at(-1)?.t;
  const answered = bytes(server, "out")[0]?.t;
  const firstByte = bytes(client, "in")[0]?.t;
  const lastByte = bytes(client, "in").at(-1)?.t;
  const phases: Phase[] = [];
  const add = (name: Phase["name"], from: number | undefined, to: number | undefined) => {
    if (from !== undefined && to !== undefined) phases.push({ name, ms: Math.max(to - from, 0) / 1e6 });
  };
  add("connect", started, connected);
  if (arrived === undefined || answered === undefined) {
    add("send", connected, sent);
    add("wait", sent, firstByte);
    add("receive", firstByte, lastByte);
  } else {
    add("send", connected, arrived);
    add("server", arrived, answered);
    add("receive", answered, lastByte);
  }
  return phases;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** ` connect ▇▇ 0.21   send ▏0.07 …   total 0.60 ms`: the bars share `width` columns. */
export function formatPhases(phases: readonly Phase[], width = 24): string {
  const total = phases.reduce((sum, { ms }) => sum + ms, 0);
  const bar = (ms: number) => {
    const eighths = total === 0 ? 0 : Math.max(Math.round((ms / total) * width * 8), 1);
    return "▉".repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? "");
  };
  const parts = phases.map(({ name, ms }) => `${name} ${bar(ms)} ${ms.toFixed(2)}`);
  return ` ${parts.join("   ")}   total ${total.toFixed(2)} ms`;
}
