import { joined } from "../bytes/copy.ts";
import { printable, utf8 } from "../bytes/text.ts";
import { formatAddress } from "../tcp/address.ts";
import { ExchangePairs } from "./exchange-pairs.ts";
import type { RecordedConnection, RecordedExchange } from "./exchanges.ts";
import type { Filterable } from "./filter.ts";
import type { RecordedMessage } from "./message-stream.ts";
import type { TraceRecord } from "./record.ts";
import { redactLine } from "./redactor.ts";

/** Text beyond this is not searched. */
const MAX_SEARCHED_BYTES = 1024 * 1024;

/** When an exchange or a conversation was, and on which connection. */
export interface FilterablePlace {
  /** The end nearest to the client that was recorded. */
  readonly connection: RecordedConnection;
  /** When it began, in nanoseconds of the recording's clock. */
  readonly startedNs: number;
  /** When it ended, or the last byte of it came. */
  readonly endedNs: number;
}

/**
 * What a filter can be asked of: each exchange of a recording, and each TCP conversation without HTTP, as soon as it is
 * over. Memory holds what is not over.
 */
export class Filterables {
  readonly #texts = new RawTexts();
  readonly #pairs: ExchangePairs;

  /** @param onItem called with each, once, whichever ends were recorded. */
  constructor(onItem: (item: Filterable, place: FilterablePlace) => void) {
    this.#pairs = new ExchangePairs({
      onExchange: (exchange, server) => onItem(...itemOfExchange(exchange, server)),
      onClosed: (connection) => {
        const text = this.#texts.take(connection.number);
        if (connection.speaksHttp || connection.secondary) return;
        const { startedNs, endedNs } = connection;
        onItem(itemOfConnection(connection, text), { connection, startedNs, endedNs });
      },
      maxContentBytes: MAX_SEARCHED_BYTES,
    });
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#texts.add(record, this.#pairs.add(record));
  }

  /** The recording is over: tells what is not complete. */
  end(): void {
    this.#pairs.end();
  }
}

/**
 * `#3  GET /hello  200  248 B  1.21 ms  127.0.0.1:80`. What came from elsewhere is escaped, and secrets are masked unless
 * `reveal`.
 */
export function formatFilterable(
  item: Filterable,
  { reveal = false }: { readonly reveal?: boolean } = {},
): string {
  const mask = reveal ? (text: string) => text : redactLine;
  const what = item.kind === "http" ? mask(`${item.method ?? "(no request)"} ${item.target ?? ""}`) : "TCP";
  const parts = [
    `#${item.number}`,
    what,
    item.kind === "http" ? String(item.status ?? "no response") : item.state,
    `${item.bytes} B`,
    `${(item.durationMs ?? 0).toFixed(2)} ms`,
    item.host ?? "",
    ...(item.error === undefined ? [] : [item.error]),
  ];
  return printable(parts.filter((part) => part !== "").join("  "));
}

/** The bytes of connections without HTTP, as text. */
class RawTexts {
  readonly #texts = new Map<number, string[]>();
  readonly #lengths = new Map<number, number>();

  add(record: TraceRecord, { number, speaksHttp }: RecordedConnection): void {
    if (speaksHttp) this.take(number);
    if (speaksHttp || record.type !== "bytes") return;
    const length = this.#lengths.get(number) ?? 0;
    if (length > MAX_SEARCHED_BYTES) return;
    const text = utf8(record.bytes);
    const texts = this.#texts.get(number) ?? [];
    texts.push(text);
    this.#texts.set(number, texts);
    this.#lengths.set(number, length + text.length);
  }

  take(connection: number): string {
    const text = (this.#texts.get(connection) ?? []).join("");
    this.#texts.delete(connection);
    this.#lengths.delete(connection);
    return text;
  }
}

const hostOf = ({ host, destination }: RecordedConnection): string =>
  [host, destination && formatAddress(destination)].filter((part) => part !== undefined).join(" ");

function itemOfExchange(
  { connection, request, response, incomplete }: RecordedExchange,
  server: RecordedExchange | undefined,
): readonly [Filterable, FilterablePlace] {
  const messages = [request, response].filter((message) => message !== undefined);
  const started = messages[0]?.startedNs ?? connection.endedNs;
  const ended = Math.max(...messages.map(({ endedNs }) => endedNs), started);
  const bytesOf = (message: RecordedMessage) => message.headBytes + message.bodyBytes;
  const item: Filterable = {
    number: connection.conversation,
    kind: "http",
    state: connection.state,
    roles: [...rolesOf(connection), ...(server === undefined ? [] : ["server" as const])],
    host: hostOf(connection),
    method: request?.method,
    target: request?.target,
    status: response?.status,
    bytes: messages.reduce((sum, message) => sum + bytesOf(message), 0),
    durationMs: (ended - started) / 1e6,
    error: incomplete,
    via: viaOf(connection),
    faults: connection.faults.filter(({ t }) => started <= t && t <= ended).map(({ fault }) => fault),
    fields: messages.flatMap(({ fields, trailers }) => [...fields, ...trailers]),
    get text() {
      return messages.map(({ content }) => utf8(joined(content))).join("\n");
    },
  };
  const over = incomplete === undefined ? ended : connection.endedNs;
  return [item, { connection, startedNs: started, endedNs: over }];
}

function itemOfConnection(connection: RecordedConnection, text: string): Filterable {
  return {
    number: connection.conversation,
    kind: "tcp",
    state: connection.state,
    roles: rolesOf(connection),
    host: hostOf(connection),
    bytes: connection.bytesIn + connection.bytesOut,
    durationMs: (connection.endedNs - connection.startedNs) / 1e6,
    error: connection.error,
    via: viaOf(connection),
    faults: connection.faults.map(({ fault }) => fault),
    fields: [],
    text,
  };
}

/** A proxy is neither of the ends that talk. */
const rolesOf = ({ role, ofProxy }: RecordedConnection) => (ofProxy ? [] : [role]);

const viaOf = ({ proxied }: RecordedConnection) => (proxied ? ["proxy"] : []);
