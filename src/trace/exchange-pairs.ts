import { ExchangeReader, type RecordedConnection, type RecordedExchange } from "./exchanges.ts";
import type { TraceRecord } from "./record.ts";

/** Only so many exchanges of one server wait for what their client saw. */
const MAX_WAITING_EXCHANGES = 1000;

/** What an `ExchangePairs` tells, and how much it keeps. */
export interface ExchangePairsOptions {
  /**
   * Called with each exchange once, as its client saw it, and with what its server saw; as the server saw it where the
   * client was not recorded. The content of the messages is let go afterwards.
   */
  readonly onExchange: (exchange: RecordedExchange, server: RecordedExchange | undefined) => void;
  /** Called when an end of a connection is over. */
  readonly onClosed?: (connection: RecordedConnection) => void;
  /** Content of a message beyond this is counted and left out. 16 MiB by default. */
  readonly maxContentBytes?: number | undefined;
}

/** Puts the exchanges of a recording together, each once, although both of its ends may have been recorded. */
export class ExchangePairs {
  readonly #onExchange: ExchangePairsOptions["onExchange"];
  readonly #exchanges: ExchangeReader;
  /** Exchanges of servers whose client is recorded, too, by conversation. */
  readonly #ofServers = new Map<number, RecordedExchange[]>();
  /** Conversations whose client is recorded. */
  readonly #clients = new Set<number>();

  /** @param options who is told, and how much content is kept. */
  constructor({ onExchange, onClosed = () => {}, maxContentBytes }: ExchangePairsOptions) {
    this.#onExchange = onExchange;
    this.#exchanges = new ExchangeReader({
      onExchange: (exchange) => this.#take(exchange),
      onClosed: (connection) => {
        if (connection.role === "client") this.#letGo(connection.conversation);
        onClosed(connection);
      },
      ...(maxContentBytes !== undefined && { maxContentBytes }),
    });
  }

  /** Takes the next record. Returns the connection that the record is about. */
  add(record: TraceRecord): RecordedConnection {
    const connection = this.#exchanges.add(record);
    if (connection.role === "client" && connection.conversation > 0 && connection.state !== "closed")
      this.#clients.add(connection.conversation);
    return connection;
  }

  /** The recording is over: tells what is not complete. */
  end(): void {
    this.#exchanges.end();
    for (const conversation of [...this.#ofServers.keys()]) this.#letGo(conversation);
  }

  /** Whether the client's end of a conversation is recorded, and not over. */
  hasClient(conversation: number): boolean {
    return this.#clients.has(conversation);
  }

  #take(exchange: RecordedExchange): void {
    const { role, conversation } = exchange.connection;
    if (role === "client") {
      const waiting = this.#ofServers.get(conversation) ?? [];
      const at = waiting.findIndex(({ index }) => index === exchange.index);
      this.#onExchange(exchange, at === -1 ? undefined : waiting.splice(at, 1)[0]);
      return;
    }
    if (!this.#clients.has(conversation)) {
      this.#onExchange(exchange, undefined);
      return;
    }
    const waiting = this.#ofServers.get(conversation) ?? [];
    this.#ofServers.set(conversation, waiting);
    waiting.push(withoutContent(exchange));
    if (waiting.length > MAX_WAITING_EXCHANGES)
      this.#onExchange(waiting.shift() as RecordedExchange, undefined);
  }

  /** The client of the conversation is gone: what it did not see is told as the server saw it. */
  #letGo(conversation: number): void {
    this.#clients.delete(conversation);
    for (const exchange of this.#ofServers.get(conversation) ?? []) this.#onExchange(exchange, undefined);
    this.#ofServers.delete(conversation);
  }
}

/** A copy: the reader of exchanges lets the content of its own go. */
const withoutContent = (exchange: RecordedExchange): RecordedExchange => ({
  ...exchange,
  connection: { ...exchange.connection },
  request: exchange.request && { ...exchange.request, content: [], contentLeftOut: true },
  response: exchange.response && { ...exchange.response, content: [], contentLeftOut: true },
});
