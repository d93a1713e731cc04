import { ExchangeReader, type RecordedConnection, type RecordedExchange } from "./exchanges.ts";
import type { TraceRecord } from "./record.ts";

/** Only so many exchanges of a conversation wait for what the end nearest to the client saw, or are remembered. */
const MAX_EXCHANGES = 1000;

/** What an `ExchangePairs` tells, and how much it keeps. */
export interface ExchangePairsOptions {
  /**
   * Called with each exchange once, as the end nearest to the client saw it: the client itself, or else the proxy between
   * or the server. `server` is what the server saw, if that is another end. The content of the messages is let go
   * afterwards.
   */
  readonly onExchange: (exchange: RecordedExchange, server: RecordedExchange | undefined) => void;
  /** Called when an end of a connection is over. */
  readonly onClosed?: (connection: RecordedConnection) => void;
  /** Content of a message beyond this is counted and left out. 16 MiB by default. */
  readonly maxContentBytes?: number | undefined;
}

/** An exchange as another end saw it, and when it was. */
interface Seen {
  readonly index: number;
  readonly startedNs: number;
  readonly endedNs: number;
}

/** The exchanges of one conversation. */
interface Conversation {
  /** Connections that are not over. */
  readonly open: Set<number>;
  /** Those that were told. */
  readonly told: Seen[];
  /** Those that an end further from the client saw. */
  readonly waiting: RecordedExchange[];
  /** The end nearest to the client is over. */
  over: boolean;
}

/** Puts the exchanges of a recording together, each once, although several ends of a conversation were recorded. */
export class ExchangePairs {
  readonly #onExchange: ExchangePairsOptions["onExchange"];
  readonly #exchanges: ExchangeReader;
  readonly #conversations = new Map<number, Conversation>();

  /** @param options who is told, and how much content is kept. */
  constructor({ onExchange, onClosed = () => {}, maxContentBytes }: ExchangePairsOptions) {
    this.#onExchange = onExchange;
    this.#exchanges = new ExchangeReader({
      onExchange: (exchange) => this.#take(exchange),
      onClosed: (connection) => {
        this.#close(connection);
        onClosed(connection);
      },
      ...(maxContentBytes !== undefined && { maxContentBytes }),
    });
  }

  /** Takes the next record. Returns the connection that the record is about. */
  add(record: TraceRecord): RecordedConnection {
    const connection = this.#exchanges.add(record);
    if (
      record.type === "connection" &&
      (record.event.kind === "connected" || record.event.kind === "accepted")
    )
      this.#of(connection).open.add(connection.number);
    return connection;
  }

  /** The recording is over: tells what is not complete. */
  end(): void {
    this.#exchanges.end();
    for (const conversation of this.#conversations.values()) this.#letGo(conversation);
  }

  #of({ conversation: number }: RecordedConnection): Conversation {
    const known = this.#conversations.get(number);
    if (known !== undefined) return known;
    const conversation: Conversation = { open: new Set(), told: [], waiting: [], over: false };
    if (number > 0) this.#conversations.set(number, conversation);
    return conversation;
  }

  #take(exchange: RecordedExchange): void {
    const conversation = this.#of(exchange.connection);
    const { told, waiting } = conversation;
    if (!exchange.connection.secondary) {
      const others = waiting.filter((other) => isSame(seen(exchange), other));
      for (const other of others) waiting.splice(waiting.indexOf(other), 1);
      told.push(seen(exchange));
      if (told.length > MAX_EXCHANGES) told.shift();
      this.#onExchange(
        exchange,
        others.find(({ connection }) => !connection.ofProxy),
      );
      return;
    }
    // The proxy's end towards the client has told the same, or will.
    if (exchange.connection.role === "client") return;
    if (told.some((one) => isSame(one, exchange))) return;
    if (conversation.over) this.#onExchange(exchange, undefined);
    else waiting.push(withoutContent(exchange));
    if (waiting.length > MAX_EXCHANGES) this.#onExchange(waiting.shift() as RecordedExchange, undefined);
  }

  #close(connection: RecordedConnection): void {
    const conversation = this.#of(connection);
    conversation.open.delete(connection.number);
    if (!connection.secondary) conversation.over = true;
    if (conversation.over || conversation.open.size === 0) this.#letGo(conversation);
    if (conversation.open.size === 0) this.#conversations.delete(connection.conversation);
  }

  /** The end nearest to the client is gone: what it did not see is told as the server saw it. */
  #letGo({ waiting }: Conversation): void {
    for (const exchange of waiting.splice(0)) this.#onExchange(exchange, undefined);
  }
}

function seen({ index, request, response, connection }: RecordedExchange): Seen {
  const { startedNs } = request ?? response ?? connection;
  return { index, startedNs, endedNs: response?.endedNs ?? connection.endedNs };
}

/**
 * Whether both ends saw the same exchange. The ends of one connection count alike. A proxy may answer for itself, or open
 * several connections for one of a client: on the next hop the time of the request decides.
 */
function isSame(one: Seen, other: RecordedExchange): boolean {
  if (other.connection.hop === 0) return one.index === other.index;
  const { startedNs } = seen(other);
  return one.startedNs <= startedNs && startedNs <= one.endedNs;
}

/** A copy: the reader of exchanges lets the content of its own go. */
const withoutContent = (exchange: RecordedExchange): RecordedExchange => ({
  ...exchange,
  connection: { ...exchange.connection },
  request: exchange.request && { ...exchange.request, content: [], contentLeftOut: true },
  response: exchange.response && { ...exchange.response, content: [], contentLeftOut: true },
});
