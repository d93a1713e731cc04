import type { TraceRecord } from "../../browser.ts";
import type { Conversation } from "./conversation.ts";

/*
 * Who waits: what each client of a run did at which time, found in the records of both ends alone.
 *
 *     client   attempt ── connected ────────────────── write … silence … write … closed
 *     server                        └─ accepted (later, if the server is busy) …   closed
 *              connecting │ waiting │ served │ slow │ served
 */

/** A client is silent, not merely quick, from here on. */
const SILENCE_NS = 20e6;

/** What happens to a client. */
export type Doing = "connecting" | "waiting" | "served" | "slow";

/** A part of a client's time, in nanoseconds of the recording. */
export interface Part {
  readonly doing: Doing;
  readonly from: number;
  readonly to: number;
}

/** A client and its time. */
export interface ClientRow {
  /** Counts up from 1, in the order in which they connected. */
  readonly client: number;
  /** In order, without a gap. Empty as long as no record of the client is here. */
  readonly parts: readonly Part[];
  /** The worker that serves the client, where the records say so. */
  readonly worker: number | undefined;
  /** The server's own records are here. Without them, "served" begins with the first byte of the answer. */
  readonly seenByServer: boolean;
  /** The conversation goes on. */
  readonly goesOn: boolean;
  readonly conversation: number | undefined;
}

/** What one worker serves, as lanes: clients served at the same time are in different lanes. */
export interface WorkerRow {
  readonly name: string;
  readonly lanes: readonly (readonly ClientRow[])[];
}

/** A run: which clients were sent to which server. */
export interface Waiting {
  readonly from: number;
  readonly to: number;
  readonly clients: readonly ClientRow[];
  readonly workers: readonly WorkerRow[];
}

/** The client's own ports tell the conversations apart. `now`: of the recording, for what goes on. */
export function waitingOf(
  ports: readonly number[],
  conversations: readonly Conversation[],
  now = 0,
): Waiting {
  const wanted = new Set(ports);
  const byPort = new Map<number, Conversation>();
  for (const conversation of conversations) {
    const local = conversation.ends.client?.local;
    // A port may have been used before: the later conversation counts.
    if (local !== undefined && local.family !== "unix" && wanted.has(local.port))
      byPort.set(local.port, conversation);
  }
  const clients = ports.map((port, index) => rowOf(index + 1, byPort.get(port), now));
  const found = [...byPort.values()];
  const from = found.length === 0 ? 0 : Math.min(...found.map(({ begun }) => begun));
  const ends = clients.flatMap(({ parts }) => parts.map(({ to }) => to));
  return { from, to: Math.max(from, ...ends), clients, workers: workersOf(clients) };
}

/** The time that a client spent so, in nanoseconds. */
export const spent = ({ parts }: ClientRow, doing: Doing): number =>
  parts.reduce((sum, part) => (part.doing === doing ? sum + part.to - part.from : sum), 0);

function rowOf(client: number, conversation: Conversation | undefined, now: number): ClientRow {
  const none = { client, parts: [], worker: undefined, seenByServer: false, goesOn: true } as const;
  if (conversation === undefined) return { ...none, conversation: undefined };
  const { records, begun, id } = conversation;
  const connected = timeOf(records, "client", ["connected"]);
  const accepted = timeOf(records, "server", ["accepted"]);
  const closed =
    timeOf(records, "server", ["closed"]) ?? timeOf(records, "client", ["closed", "attempt-failed"]);
  const over = closed ?? Math.max(now, conversation.last);
  const served =
    accepted ??
    records.find((one) => one.role === "client" && one.type === "bytes" && one.direction === "in")?.t;
  const parts: Part[] = [];
  const add = (doing: Doing, from: number, to: number) => {
    if (to > from) parts.push({ doing, from, to });
  };
  add("connecting", begun, connected ?? over);
  // Client and kernel finish the handshake: a server that was quick may have accepted before the client knows.
  if (connected !== undefined) add("waiting", connected, Math.min(served ?? over, over));
  const servedFrom = Math.max(served ?? over, connected ?? over);
  const silences = silencesOf(conversation, servedFrom, over, closed === undefined);
  let at = servedFrom;
  for (const { from, to } of silences) {
    add("served", at, from);
    add("slow", from, to);
    at = to;
  }
  add("served", at, over);
  const { worker } = conversation.ends.server ?? {};
  return {
    client,
    parts,
    worker,
    seenByServer: accepted !== undefined,
    goesOn: closed === undefined,
    conversation: id,
  };
}

function timeOf(
  records: readonly TraceRecord[],
  role: TraceRecord["role"],
  kinds: readonly string[],
): number | undefined {
  return records.find(
    (record) => record.role === role && record.type === "connection" && kinds.includes(record.event.kind),
  )?.t;
}

/** When everybody was silent, until the client said something: then the silence was the client's. */
function silencesOf(
  conversation: Conversation,
  from: number,
  to: number,
  goesOn: boolean,
): { from: number; to: number }[] {
  const silences: { from: number; to: number }[] = [];
  let last = from;
  for (const record of conversation.records) {
    const speaks = record.role === "client" && isSaid(record);
    if (record.t < from || record.t > to || !(speaks || record.type === "bytes")) continue;
    if (speaks && record.t - last > SILENCE_NS) silences.push({ from: last, to: record.t });
    last = Math.max(last, record.t);
  }
  if (goesOn && to - last > SILENCE_NS && isClientsTurn(conversation)) silences.push({ from: last, to });
  return silences;
}

const isSaid = (record: TraceRecord): boolean =>
  (record.type === "bytes" && record.direction === "out") ||
  (record.type === "connection" && record.event.kind === "end");

/** Whether the server has nothing to do until the client says more. */
function isClientsTurn({ ends, kind, exchanges }: Conversation): boolean {
  const { client } = ends;
  if (client === undefined || client.ended) return false;
  if (kind === "http") return exchanges.at(-1)?.request?.complete !== true;
  return client.bytesIn === client.bytesOut;
}

/** A row for each worker; without workers, one for the server. */
function workersOf(clients: readonly ClientRow[]): WorkerRow[] {
  const known = clients.filter(({ seenByServer, parts }) => seenByServer && parts.some(isServed));
  const numbers = [...new Set(known.map(({ worker }) => worker))].sort((a, b) => (a ?? 0) - (b ?? 0));
  return numbers.map((number) => ({
    name: number === undefined ? "the server" : `worker ${number}`,
    lanes: lanesOf(known.filter(({ worker }) => worker === number)),
  }));
}

function lanesOf(clients: readonly ClientRow[]): ClientRow[][] {
  const lanes: ClientRow[][] = [];
  for (const row of clients.toSorted((a, b) => servedFrom(a) - servedFrom(b))) {
    const free = lanes.find((lane) => {
      const before = lane.at(-1)?.parts.at(-1)?.to ?? 0;
      return before <= servedFrom(row) + OVERLAP_NS;
    });
    if (free === undefined) lanes.push([row]);
    else free.push(row);
  }
  return lanes;
}

/** A server that is free again accepts in the step in which it closes: the records may come the other way round. */
const OVERLAP_NS = 2e6;

/** Whether the server's worker is busy with the client, or waits for it. */
export const isServed = ({ doing }: Part): boolean => doing === "served" || doing === "slow";

const servedFrom = ({ parts }: ClientRow): number => parts.find(isServed)?.from ?? 0;
