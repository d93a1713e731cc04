import type { Conversation } from "./conversation.ts";

/** A part of the time of an exchange, in nanoseconds of the recording. */
export interface TimedPhase {
  readonly name: "connect" | "send" | "wait" | "server" | "receive";
  readonly from: number;
  readonly to: number;
}

/** A row of the waterfall. */
export interface TimedExchange {
  readonly key: string;
  readonly what: string;
  readonly phases: readonly TimedPhase[];
}

/** How the time of a conversation was spent. */
export interface Times {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly TimedExchange[];
}

/** The waterfall of a conversation: connecting, then each exchange from its first byte to its last. */
export function timesOf(conversation: Conversation): Times {
  const { records, exchanges, begun, last } = conversation;
  const rows: TimedExchange[] = [];
  const opened = records.find(
    (record) =>
      record.type === "connection" && (record.event.kind === "connected" || record.event.kind === "accepted"),
  );
  if (opened !== undefined && opened.t > begun) {
    const phases = [{ name: "connect", from: begun, to: opened.t }] as const;
    rows.push({ key: "connect", what: `connect ${conversation.host}`, phases });
  }
  const byServer = conversation.ends.server?.exchanges.exchanges ?? [];
  for (const [index, exchange] of exchanges.entries()) {
    const { request, response } = exchange;
    const phases: TimedPhase[] = [];
    const add = (name: TimedPhase["name"], from: number | undefined, to: number | undefined) => {
      if (from !== undefined && to !== undefined && to >= from) phases.push({ name, from, to });
    };
    // The server's own view, where there is one, tells the way from the handler.
    const seen = byServer[index] ?? exchange;
    const asked = seen.request?.complete === true ? seen.request.endedNs : undefined;
    add("send", request?.startedNs, asked);
    add(seen === exchange ? "wait" : "server", asked, seen.response?.startedNs);
    add("receive", seen.response?.startedNs, response?.complete === true ? response.endedNs : last);
    const status = response === undefined ? "no answer yet" : response.status;
    rows.push({
      key: `exchange ${index}`,
      what: `${request?.method ?? "?"} ${request?.target ?? ""} → ${status}`,
      phases,
    });
  }
  return { from: begun, to: last, rows };
}
