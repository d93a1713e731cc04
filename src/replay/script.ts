import { joined } from "../bytes/copy.ts";
import type { Address } from "../tcp/address.ts";
import { ExchangeReader, type RecordedConnection, type RecordedExchange } from "../trace/exchanges.ts";
import type { BytesRecord, ConnectionRecord, TraceRecord } from "../trace/record.ts";

/*
 * A recording as a script: what the clients of its conversations sent, and what each of these sendings waited for.
 *
 *     client  GET /a ──►            GET /b ──►          the second request waited for one exchange
 *     server           ◄── 200 …              ◄── 200 …
 *
 * Both ends of a conversation may be recorded: the client's end is used, since the client decides what is sent.
 */

/** What has to be here before a client goes on. */
export interface Wait {
  /** So many exchanges are complete. */
  readonly exchanges: number;
  /** So many bytes of no exchange came: of a tunnel, or of a protocol other than HTTP. */
  readonly bytes: number;
}

/** What the client of a conversation did, in its order. */
export interface Step {
  /** "end": FIN. "abort": RST. */
  readonly kind: "send" | "end" | "abort";
  /** When, in nanoseconds of the recording's clock. */
  readonly t: number;
  /** Where the bytes are in the client's stream. */
  readonly offset: number;
  /** Empty unless the kind is "send". */
  readonly bytes: Uint8Array;
  /** What the client had by then. */
  readonly after: Wait;
}

/** One conversation, as far as its client and the comparison need it. */
export interface ScriptConversation {
  /** As the timeline counts. */
  readonly number: number;
  /** The end that was recorded. */
  readonly connection: RecordedConnection;
  /** Where the server was. */
  readonly server: Address;
  /** The name that the client looked up. */
  readonly host: string | undefined;
  /** When its first record came, in nanoseconds of the recording's clock. */
  readonly startedNs: number;
  /** When its last record came. */
  readonly endedNs: number;
  /** What its client did. */
  readonly steps: readonly Step[];
  /** Those with a request. None: the conversation is no HTTP. */
  readonly exchanges: readonly RecordedExchange[];
  /** What the server sent besides HTTP: in a tunnel, or without HTTP. */
  readonly received: Uint8Array;
  /** Who broke it off. `undefined`: nobody, or the recording ends before. */
  readonly brokenBy: "client" | "server" | undefined;
  /** Bytes of the client are missing in the recording: it cannot be replayed. */
  readonly hasGap: boolean;
}

/** What is sent again of a recording: its conversations, in the order in which they began. */
export type Script = readonly ScriptConversation[];

/** More bytes of a recording are not kept in memory. */
const MAX_BYTES = 512 * 1024 * 1024;

interface End {
  readonly connection: RecordedConnection;
  readonly exchanges: RecordedExchange[];
  readonly sent: { readonly record: BytesRecord; readonly exchanges: number; readonly bytesIn: number }[];
  readonly received: BytesRecord[];
  readonly acts: {
    readonly kind: "end" | "abort";
    readonly t: number;
    readonly exchanges: number;
    readonly bytesIn: number;
  }[];
  complete: number;
  bytesIn: number;
  sentEnd: number;
  hasGap: boolean;
  brokenBy: "client" | "server" | undefined;
}

/** Reads the script of a recording, record by record. */
export class ScriptReader {
  readonly #ends = new Map<number, End>();
  readonly #reader = new ExchangeReader({ onExchange: (exchange) => this.#exchange(exchange) });
  #bytes = 0;

  /** Takes the next record. @throws {RangeError} the recording has more than 512 MiB of bytes. */
  add(record: TraceRecord): void {
    const connection = this.#reader.add(record);
    const end = this.#ends.get(connection.number) ?? newEnd(connection);
    this.#ends.set(connection.number, end);
    if (record.type === "connection") noteEvent(end, record);
    if (record.type !== "bytes") return;
    this.#bytes += record.bytes.length;
    if (this.#bytes > MAX_BYTES) throw new RangeError("more than 512 MiB of a recording cannot be replayed");
    if ((record.role === "client") === (record.direction === "out")) noteSent(end, record);
    else {
      end.received.push(record);
      end.bytesIn = record.offset + record.bytes.length;
    }
  }

  /** The recording is over: its conversations, in the order in which they began. */
  end(): Script {
    this.#reader.end();
    const hops = new Map<string, End[]>();
    for (const end of this.#ends.values()) {
      if (end.connection.connectedNs === undefined) continue;
      const name = nameOfHop(end.connection, 0);
      hops.set(name, [...(hops.get(name) ?? []), end]);
    }
    // A proxy sent the server what it got from its client: the server is asked once.
    return [...hops.values()]
      .filter(([end]) => end !== undefined && !hops.has(nameOfHop(end.connection, 1)))
      .flatMap(clientsOf)
      .map(conversationOf)
      .sort((a, b) => a.startedNs - b.startedNs);
  }

  #exchange(exchange: RecordedExchange): void {
    const end = this.#ends.get(exchange.connection.number);
    if (end === undefined || exchange.request === undefined) return;
    // The reader lets the contents go: it replaces the lists in its own objects.
    end.exchanges.push({
      ...exchange,
      request: { ...exchange.request },
      response: exchange.response && { ...exchange.response },
    });
    if (exchange.incomplete === undefined) end.complete++;
  }
}

/** The hop of this connection, or one that is nearer to the server. A forward proxy may have opened several for one. */
const nameOfHop = ({ conversation, hop }: RecordedConnection, further: number): string =>
  `${conversation} ${hop + further}`;

/** The clients of a hop, if they were recorded. */
function clientsOf(ends: readonly End[]): readonly End[] {
  const clients = ends.filter(({ connection }) => connection.role === "client");
  return clients.length > 0 ? clients : ends;
}

const newEnd = (connection: RecordedConnection): End => ({
  connection,
  exchanges: [],
  sent: [],
  received: [],
  acts: [],
  complete: 0,
  bytesIn: 0,
  sentEnd: 0,
  hasGap: false,
  brokenBy: undefined,
});

function noteSent(end: End, record: BytesRecord): void {
  if (record.offset !== end.sentEnd) end.hasGap = true;
  end.sentEnd = record.offset + record.bytes.length;
  end.sent.push({ record, exchanges: end.complete, bytesIn: end.bytesIn });
}

function noteEvent(end: End, { role, event, t }: ConnectionRecord): void {
  const isClient = role === "client";
  const act = (kind: "end" | "abort") =>
    end.acts.push({ kind, t, exchanges: end.complete, bytesIn: end.bytesIn });
  switch (event.kind) {
    case "end":
    case "peer-end":
      if ((event.kind === "end") === isClient) act("end");
      return;
    case "abort":
    case "peer-abort":
      end.brokenBy ??= (event.kind === "abort") === isClient ? "client" : "server";
      if (end.brokenBy === "client") act("abort");
      return;
    case "error":
      end.brokenBy ??= isClient ? "server" : "client";
      return;
    case "dropped":
      end.hasGap = true;
      return;
    default: // says nothing of what was sent
  }
}

function conversationOf(end: End): ScriptConversation {
  const { connection, exchanges, acts, brokenBy, hasGap } = end;
  const { role, local, remote, host, number, conversation, startedNs, endedNs } = connection;
  const server = role === "client" ? remote : local;
  if (server === undefined) throw new TypeError(`connection ${number} has no address`);
  const tunnel = tunnelOf(exchanges);
  const afterOf = (offset: number, complete: number, bytesIn: number): Wait => ({
    // An early response ends no request: what belongs to a request waits for the exchanges before it.
    exchanges: Math.min(complete, requestAt(exchanges, offset)),
    bytes: offset >= tunnel.sentFrom ? Math.max(bytesIn - tunnel.receivedFrom, 0) : 0,
  });
  const steps: Step[] = end.sent.map(({ record: { t, offset, bytes }, exchanges: complete, bytesIn }) => ({
    kind: "send",
    t,
    offset,
    bytes,
    after: afterOf(offset, complete, bytesIn),
  }));
  for (const { kind, t, exchanges: complete, bytesIn } of acts) {
    const after = afterOf(Number.POSITIVE_INFINITY, complete, bytesIn);
    steps.push({ kind, t, offset: end.sentEnd, bytes: EMPTY, after });
  }
  return {
    number: conversation,
    connection,
    server,
    host,
    startedNs,
    endedNs,
    steps,
    exchanges,
    received: receivedFrom(end.received, tunnel.receivedFrom),
    brokenBy,
    hasGap,
  };
}

const EMPTY = new Uint8Array(0);

/** RFC 9110 §7.8 and §9.3.6. */
function isTunnel({ request, response }: RecordedExchange): boolean {
  if (response === undefined) return false;
  const { status } = response;
  return status === 101 || (request?.method === "CONNECT" && status >= 200 && status < 300);
}

/** Where bytes begin that are no HTTP: behind an upgrade or a CONNECT, or at once. */
export function tunnelOf(exchanges: readonly RecordedExchange[]): { sentFrom: number; receivedFrom: number } {
  if (exchanges.length === 0) return { sentFrom: 0, receivedFrom: 0 };
  const last = exchanges.at(-1) as RecordedExchange;
  const { request, response } = last;
  if (request === undefined || response === undefined || !isTunnel(last))
    return { sentFrom: Number.POSITIVE_INFINITY, receivedFrom: Number.POSITIVE_INFINITY };
  return {
    sentFrom: request.offset + request.headBytes + request.bodyBytes,
    receivedFrom: response.offset + response.headBytes,
  };
}

/** The index of the request that the byte belongs to; behind the last request their number. */
function requestAt(exchanges: readonly RecordedExchange[], offset: number): number {
  const at = exchanges.findIndex(
    ({ request }) => request !== undefined && offset < request.offset + request.headBytes + request.bodyBytes,
  );
  return at === -1 ? exchanges.length : at;
}

function receivedFrom(records: readonly BytesRecord[], from: number): Uint8Array {
  return joined(
    records
      .filter(({ offset, bytes }) => offset + bytes.length > from)
      .map(({ offset, bytes }) => bytes.subarray(Math.max(from - offset, 0))),
  );
}
