import { createHash } from "node:crypto";
import { formatAddress } from "../../index.ts";
import {
  type ComparedMessage,
  ExchangePairs,
  type HarTimings,
  type RecordedConnection,
  type RecordedExchange,
  type RecordedMessage,
  type TraceRecord,
  timingsOf,
} from "../../trace.ts";
import { recordsIn } from "./input.ts";

/** Content up to this is kept, to find the first octet that differs; of longer content only a digest is known. */
const MAX_KEPT_BYTES = 64 * 1024;
/** How many exchanges of a recording are compared. */
const MAX_EXCHANGES = 100_000;

/** What is compared of an exchange, or of a TCP conversation. */
export interface Summary {
  /** Exchanges with the same name are the same exchange, in their order. */
  readonly name: string;
  readonly request: ComparedMessage | undefined;
  readonly informational: readonly ComparedMessage[];
  readonly response: ComparedMessage | undefined;
  readonly incomplete: string | undefined;
  readonly time: number;
  readonly timings: Partial<HarTimings>;
}

/** All exchanges and TCP conversations of a recording, in their order. */
export async function summariesOf(path: string): Promise<{ summaries: Summary[]; leftOut: number }> {
  const summaries: Summary[] = [];
  let leftOut = 0;
  const keep = (summary: Summary) => {
    if (summaries.length < MAX_EXCHANGES) summaries.push(summary);
    else leftOut++;
  };
  const streams = new RawStreams();
  const pairs = new ExchangePairs({
    onExchange: (exchange) => keep(summaryOf(exchange)),
    onClosed: (connection) => {
      const raw = streams.take(connection);
      if (!connection.speaksHttp && !connection.secondary) keep(raw);
    },
  });
  for await (const records of recordsIn(path)) {
    for (const record of records) streams.add(record, pairs.add(record));
  }
  pairs.end();
  return { summaries, leftOut };
}

function summaryOf(exchange: RecordedExchange): Summary {
  const { request, response, informational, incomplete } = exchange;
  const { time, timings } = timingsOf(exchange);
  return {
    name: request === undefined ? "(no request)" : `${request.method} ${request.target}`,
    request: request && messageSummary(request, `${request.method} ${request.target} ${request.version}`),
    informational: informational.map((each) => messageSummary(each, statusLine(each))),
    response: response && messageSummary(response, statusLine(response)),
    incomplete,
    time,
    timings,
  };
}

const statusLine = ({ version, status, reason }: RecordedMessage) => `${version} ${status} ${reason}`;

function messageSummary(message: RecordedMessage, startLine: string): ComparedMessage {
  const { fields, trailers, contentBytes, content, contentLeftOut } = message;
  const all = Buffer.concat(content);
  return {
    startLine,
    fields,
    trailers,
    contentBytes,
    content: all.length <= MAX_KEPT_BYTES ? all : EMPTY,
    digest: contentLeftOut ? "" : digestOf(all),
  };
}

const EMPTY = new Uint8Array(0);
const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

interface RawStream {
  readonly hash: ReturnType<typeof createHash>;
  readonly front: Uint8Array[];
  bytes: number;
}

/** Both directions of connections without HTTP. */
class RawStreams {
  readonly #streams = new Map<number, { readonly in: RawStream; readonly out: RawStream }>();

  add(record: TraceRecord, { number, speaksHttp }: RecordedConnection): void {
    if (speaksHttp) this.#streams.delete(number);
    if (speaksHttp || record.type !== "bytes") return;
    const streams = this.#streams.get(number) ?? { in: newStream(), out: newStream() };
    this.#streams.set(number, streams);
    const stream = streams[record.direction];
    stream.hash.update(record.bytes);
    stream.bytes += record.bytes.length;
    if (stream.bytes <= MAX_KEPT_BYTES) stream.front.push(record.bytes);
  }

  take(connection: RecordedConnection): Summary {
    const { in: received, out: sent } = this.#streams.get(connection.number) ?? {
      in: newStream(),
      out: newStream(),
    };
    this.#streams.delete(connection.number);
    const server = connection.role === "client" ? connection.remote : connection.local;
    const [request, response] = connection.role === "client" ? [sent, received] : [received, sent];
    return {
      name: `TCP${server === undefined ? "" : ` ${server.family === "unix" ? formatAddress(server) : ""}`}`.trim(),
      request: rawSummary("sent by the client", request),
      informational: [],
      response: rawSummary("sent by the server", response),
      incomplete: connection.error,
      time: (connection.endedNs - connection.startedNs) / 1e6,
      timings: {},
    };
  }
}

const newStream = (): RawStream => ({ hash: createHash("sha256"), front: [], bytes: 0 });

const rawSummary = (startLine: string, { hash, front, bytes }: RawStream): ComparedMessage => ({
  startLine,
  fields: [],
  trailers: [],
  contentBytes: bytes,
  content: bytes <= MAX_KEPT_BYTES ? Buffer.concat(front) : EMPTY,
  digest: hash.digest("base64"),
});
