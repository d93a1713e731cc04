import type { Role } from "../http1/state.ts";
import type { Address } from "../tcp/address.ts";
import { Conversations } from "./conversations.ts";
import type { ConversationState } from "./filter.ts";
import { type ContentBudget, MessageStream, type RecordedMessage } from "./message-stream.ts";
import type { ConnectionRecord, Direction, TraceRecord } from "./record.ts";

/** One end of a connection, as far as it was recorded. Times are nanoseconds of the recording's clock. */
export interface RecordedConnection {
  readonly number: number;
  readonly role: Role;
  /** Both ends of a conversation have the same number, the timeline's. 0: there was no connection. */
  conversation: number;
  /** What was resolved to find the peer. */
  host: string | undefined;
  local: Address | undefined;
  remote: Address | undefined;
  tls: { readonly protocol: string; readonly cipher: string } | undefined;
  readonly startedNs: number;
  attemptNs: number | undefined;
  connectedNs: number | undefined;
  tlsNs: number | undefined;
  endedNs: number;
  /** Its sentence, with the code behind it. */
  error: string | undefined;
  state: ConversationState;
  bytesIn: number;
  bytesOut: number;
  speaksHttp: boolean;
}

/** One request and its responses, as one end saw them. */
export interface RecordedExchange {
  readonly connection: RecordedConnection;
  /** Counts up from 1 on each connection. */
  readonly index: number;
  /** Undefined: a server answered what was no request. */
  request: RecordedMessage | undefined;
  /** The 1xx before the response. */
  readonly informational: RecordedMessage[];
  response: RecordedMessage | undefined;
  /** Why the exchange is not complete. */
  incomplete: string | undefined;
}

/** What an `ExchangeReader` tells, and how much it keeps. */
export interface ExchangeReaderOptions {
  /**
   * Called with each exchange as soon as it is complete, or when its connection closes. The content of its messages is
   * let go afterwards.
   */
  readonly onExchange: (exchange: RecordedExchange) => void;
  /** Called when an end of a connection is over. */
  readonly onClosed?: (connection: RecordedConnection) => void;
  /** Content of a message beyond this is counted and left out. 16 MiB by default. */
  readonly maxContentBytes?: number;
  /** The same, for all exchanges that are not complete. 128 MiB by default. */
  readonly maxOpenBytes?: number;
}

interface End {
  readonly view: RecordedConnection;
  readonly in: MessageStream;
  readonly out: MessageStream;
  /** Exchanges that are not complete, in their order. */
  readonly open: RecordedExchange[];
  exchanges: number;
  peerEnded: boolean;
  ended: boolean;
}

/** More requests than this never wait for their responses on one connection. */
const MAX_OPEN_EXCHANGES = 10_000;

/** Puts the exchanges of a recording together while its records come. Memory holds what is not complete. */
export class ExchangeReader {
  readonly #onExchange: (exchange: RecordedExchange) => void;
  readonly #onClosed: (connection: RecordedConnection) => void;
  readonly #budget: ContentBudget;
  readonly #ends = new Map<number, End>();
  readonly #conversations = new Conversations();

  constructor({
    onExchange,
    onClosed = () => {},
    maxContentBytes = 16 * 1024 * 1024,
    maxOpenBytes = 128 * 1024 * 1024,
  }: ExchangeReaderOptions) {
    this.#onExchange = onExchange;
    this.#onClosed = onClosed;
    this.#budget = { maxMessageBytes: maxContentBytes, freeBytes: maxOpenBytes };
  }

  /** Takes the next record. Returns the connection that the record is about. */
  add(record: TraceRecord): RecordedConnection {
    const end = this.#end(record);
    end.view.endedNs = Math.max(end.view.endedNs, record.t);
    switch (record.type) {
      case "bytes":
        if (record.direction === "in") end.view.bytesIn += record.bytes.length;
        else end.view.bytesOut += record.bytes.length;
        end[record.direction].bytes(record);
        break;
      case "span":
        end.view.speaksHttp = true;
        end[record.direction].span(record);
        break;
      case "transition":
        // A switch of protocols ends the response that accepted it.
        if (record.cause === "end" || record.cause === "switch-accepted")
          end[record.side === record.role ? "out" : "in"].end();
        break;
      case "connection":
        this.#event(end, record);
        break;
      default:
        record satisfies never;
    }
    return end.view;
  }

  /** The recording is over: tells what is not complete. */
  end(): void {
    for (const end of [...this.#ends.values()]) this.#over(end, "the recording ends here");
  }

  #end(record: TraceRecord): End {
    const known = this.#ends.get(record.connection);
    if (known !== undefined) return known;
    const view = newConnection(record);
    const stream = (direction: Direction): MessageStream => {
      const isRequest = (record.role === "client") === (direction === "out");
      return new MessageStream(isRequest, this.#budget, {
        started: (message) => this.#started(end, isRequest, message),
        ended: (message) => this.#ended(end, isRequest, message),
      });
    };
    const end: End = {
      view,
      in: stream("in"),
      out: stream("out"),
      open: [],
      exchanges: 0,
      peerEnded: false,
      ended: false,
    };
    this.#ends.set(record.connection, end);
    return end;
  }

  #started(end: End, isRequest: boolean, message: RecordedMessage): void {
    if (isRequest) this.#open(end).request = message;
  }

  #ended(end: End, isRequest: boolean, message: RecordedMessage): void {
    if (!isRequest) {
      // Responses come in the order of their requests (RFC 9112 §9.3.2).
      const exchange = end.open.find(({ response }) => response === undefined) ?? this.#open(end);
      if (message.status < 200 && message.status !== 101) {
        exchange.informational.push(message);
        return;
      }
      exchange.response = message;
    }
    while (end.open[0]?.request?.complete !== false && end.open[0]?.response !== undefined)
      this.#tell(end.open.shift() as RecordedExchange);
  }

  #open(end: End): RecordedExchange {
    const exchange: RecordedExchange = {
      connection: end.view,
      index: ++end.exchanges,
      request: undefined,
      informational: [],
      response: undefined,
      incomplete: undefined,
    };
    end.open.push(exchange);
    if (end.open.length > MAX_OPEN_EXCHANGES)
      this.#tell(end.open.shift() as RecordedExchange, "too many requests are without a response");
    return exchange;
  }

  #tell(exchange: RecordedExchange, incomplete?: string): void {
    exchange.incomplete = incomplete;
    this.#onExchange(exchange);
    for (const message of [exchange.request, exchange.response, ...exchange.informational]) {
      if (message === undefined || message.contentLeftOut) continue;
      this.#budget.freeBytes += message.contentBytes;
      message.contentLeftOut = true; // the request may still go on: its rest is only counted
      message.content = [];
    }
  }

  #event(end: End, { event, t }: ConnectionRecord): void {
    const { view } = end;
    switch (event.kind) {
      case "resolve":
        view.host = event.host;
        return;
      case "attempt":
        view.attemptNs ??= t;
        view.remote = event.remote;
        return;
      case "attempt-failed":
        view.error = event.error;
        return;
      case "connected":
      case "accepted":
        view.error = undefined; // of an attempt before this one
        view.local = event.local;
        view.remote = event.remote;
        view.connectedNs = t;
        view.state = "open";
        view.conversation = this.#conversations.join(view.role, event.local, event.remote);
        return;
      case "tls":
        view.tls = event;
        view.tlsNs = t;
        return;
      case "end":
      case "peer-end":
        end[event.kind === "end" ? "ended" : "peerEnded"] = true;
        view.state = end.ended && end.peerEnded ? "closed" : "half-closed";
        return;
      case "abort":
      case "peer-abort":
        view.state = "reset";
        if (event.kind === "peer-abort") view.error = "the peer broke off the connection [PEER_RESET]";
        return;
      case "error":
        view.state = "failed";
        view.error = `${event.message} [${event.code}]`;
        return;
      case "closed":
        if (view.state === "open" || view.state === "half-closed") view.state = "closed";
        this.#over(end, view.error ?? CLOSED[event.how] ?? "the connection closed");
        return;
      case "pause":
      case "resume":
      case "drain":
      case "dropped": // the next bytes have their offsets: what is missing is seen there
        return;
      default:
        event satisfies never;
    }
  }

  #over(end: End, why: string): void {
    // An attempt that failed has no other end.
    if (end.view.state === "connecting" && end.view.error !== undefined) end.view.state = "failed";
    const { open: response } = end.view.role === "client" ? end.in : end.out;
    const unanswered = end.open.find((exchange) => exchange.response === undefined);
    if (response !== undefined && unanswered !== undefined) unanswered.response = response;
    else if (response !== undefined) this.#open(end).response = response;
    for (const exchange of end.open.splice(0)) this.#tell(exchange, why);
    this.#ends.delete(end.view.number);
    this.#onClosed(end.view);
  }
}

const CLOSED: Readonly<Record<string, string>> = {
  abort: "this end broke off the connection",
  "peer-abort": "the peer broke off the connection",
};

const newConnection = ({ connection, role, t }: TraceRecord): RecordedConnection => ({
  number: connection,
  role,
  conversation: 0,
  host: undefined,
  local: undefined,
  remote: undefined,
  tls: undefined,
  startedNs: t,
  attemptNs: undefined,
  connectedNs: undefined,
  tlsNs: undefined,
  endedNs: t,
  error: undefined,
  state: "connecting",
  bytesIn: 0,
  bytesOut: 0,
  speaksHttp: false,
});
