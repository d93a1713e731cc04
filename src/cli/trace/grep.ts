import { formatAddress } from "../../index.ts";
import {
  ExchangePairs,
  type Filterable,
  parseFilter,
  printable,
  type RecordedConnection,
  type RecordedExchange,
  type RecordedMessage,
  redactText,
  type TraceRecord,
} from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { recordsIn } from "./input.ts";

/** Text beyond this is not searched. */
const MAX_SEARCHED_BYTES = 1024 * 1024;

/** Prints a line for each exchange and each TCP conversation that the filter matches. As grep: 1 is none. */
export async function grep(args: Arguments<"trace">, filter: string, path: string): Promise<number> {
  const { matches, error } = parseFilter(filter);
  if (error !== undefined)
    throw new UsageError(
      `"${filter.slice(error.start, error.end)}" at character ${error.start + 1}: ${error.message}`,
    );
  const lines: string[] = [];
  const mask = args.has("reveal") ? (text: string) => text : redactText;
  const take = (item: Filterable) => {
    if (matches(item)) lines.push(lineOf(item, mask));
  };
  const texts = new RawTexts();
  const pairs = new ExchangePairs({
    onExchange: (exchange, server) => take(itemOfExchange(exchange, server)),
    onClosed: (connection) => {
      const text = texts.take(connection.number);
      if (!connection.speaksHttp && !connection.secondary) take(itemOfConnection(connection, text));
    },
    maxContentBytes: MAX_SEARCHED_BYTES,
  });
  let found = false;
  const print = async () => {
    found ||= lines.length > 0;
    if (lines.length > 0) await writeOut(`${lines.splice(0).join("\n")}\n`);
  };
  for await (const records of recordsIn(path)) {
    for (const record of records) texts.add(record, pairs.add(record));
    await print();
  }
  pairs.end();
  await print();
  return found ? EXIT.ok : EXIT.none;
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
    const text = Buffer.from(record.bytes).toString();
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
): Filterable {
  const messages = [request, response].filter((message) => message !== undefined);
  const started = messages[0]?.startedNs ?? connection.endedNs;
  const ended = Math.max(...messages.map(({ endedNs }) => endedNs), started);
  const bytesOf = (message: RecordedMessage) => message.headBytes + message.bodyBytes;
  return {
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
      return messages.map(({ content }) => Buffer.concat(content).toString()).join("\n");
    },
  };
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

/** `#3  GET /hello  200  248 B  1.21 ms  127.0.0.1:80`. Text of the file is escaped. */
function lineOf(item: Filterable, mask: (text: string) => string): string {
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
