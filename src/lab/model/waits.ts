import type { TraceRecord } from "../../browser.ts";
import type { Conversation } from "./conversation.ts";

/** A time in which one side waited for the other, in nanoseconds of the recording. */
export interface Wait {
  readonly from: number;
  readonly to: number;
}

/**
 * When the client waited, as the end nearest to the client saw it: for the connection, and for the first byte of each
 * response. Without HTTP: from the client's bytes to the next ones of the server. A wait that lasts ends with the last record.
 */
export function waitsOf(conversation: Conversation): Wait[] {
  const { records, viewpoint, begun, last } = conversation;
  const { connection, role } = viewpoint;
  const waits: Wait[] = [];
  const add = (from: number, to = last) => {
    if (to > from) waits.push({ from, to });
  };
  if (role === "client") add(begun, records.find((record) => isOpening(record, connection))?.t);
  const { exchanges } = viewpoint.exchanges;
  if (exchanges.length === 0) addSilences(records, connection, role === "client" ? "out" : "in", add);
  for (const { request, response } of exchanges) {
    if (request?.complete !== true) continue;
    add(request.endedNs, response?.startedNs);
  }
  return waits;
}

const isOpening = (record: TraceRecord, connection: number): boolean =>
  record.connection === connection &&
  record.type === "connection" &&
  ["connected", "attempt-failed", "closed"].includes(record.event.kind);

function addSilences(
  records: readonly TraceRecord[],
  connection: number,
  ofClient: "in" | "out",
  add: (from: number, to?: number) => void,
): void {
  let asked: number | undefined;
  for (const record of records) {
    if (record.connection !== connection) continue;
    const answers = record.type === "bytes" ? record.direction !== ofClient : isOver(record);
    if (answers && asked !== undefined) {
      add(asked, record.t);
      asked = undefined;
    } else if (record.type === "bytes" && !answers) asked ??= record.t;
  }
  if (asked !== undefined) add(asked);
}

/** No answer can come any more. */
const isOver = (record: TraceRecord): boolean =>
  record.type === "connection" && ["peer-end", "peer-abort", "abort", "closed"].includes(record.event.kind);

/** How much of each of so many equal parts of `[from, to)` was waited: 0 to 1. */
export function sparkline(waits: readonly Wait[], { from, to }: Wait, parts: number): readonly number[] {
  const width = (to - from) / parts;
  const shares = new Array<number>(parts).fill(0);
  if (width <= 0) return shares;
  for (const wait of waits) {
    const first = Math.max(Math.floor((wait.from - from) / width), 0);
    const last = Math.min(Math.ceil((wait.to - from) / width), parts);
    for (let i = first; i < last; i++) {
      const begin = Math.max(wait.from, from + i * width);
      const end = Math.min(wait.to, from + (i + 1) * width);
      shares[i] = Math.min((shares[i] ?? 0) + Math.max(end - begin, 0) / width, 1);
    }
  }
  return shares;
}
