import type { Role } from "../http1/state.ts";
import type { Address } from "../tcp/address.ts";
import {
  Conversations,
  depthOf,
  destinationOf,
  type FaultHit,
  firstHop,
  isProxied,
  isSecondary,
  numberOf,
  type End as Place,
} from "./conversations.ts";
import { nameOf } from "./ends.ts";
import type { ConversationState } from "./filter.ts";
import { type ContentBudget, MessageStream, type Open, type RecordedMessage } from "./message-stream.ts";
import type { ConnectionRecord, Direction, TraceRecord } from "./record.ts";

/** One end of a connection, as far as it was recorded. Times are nanoseconds of the recording's clock. */
export interface RecordedConnection {
  /** The number of the end in the records. */
  readonly number: number;
  /** Which end it is. */
  readonly role: Role;
  /** All ends of a conversation have the same number, counted up from 1. 0: there was no connection. */
  readonly conversation: number;
  /** As the timeline names this end: `client`, `server#2`, `proxy·client`. */
  readonly name: string;
  /** How many proxies are between the client and this connection. */
  readonly hop: number;
  /** This end is a proxy's. */
  readonly ofProxy: boolean;
  /** A proxy is in the conversation. */
  readonly proxied: boolean;
  /** An end nearer to the client was recorded, too: that end tells of the same exchanges. */
  readonly secondary: boolean;
  /** The server's address; behind all proxies, where there are some. */
  readonly destination: Address | undefined;
  /** Faults of a proxy that hit the conversation so far, on any of its ends. The last 1,000 are kept. */
  readonly faults: readonly FaultHit[];
  /** The name that was resolved to find the peer. */
  readonly host: string | undefined;
  /** The address of this end, once it is connected. */
  readonly local: Address | undefined;
  /** The address of the peer, or the one that was tried last. */
  readonly remote: Address | undefined;
  /** What TLS agreed on. Undefined: no TLS. */
  readonly tls: { readonly protocol: string; readonly cipher: string } | undefined;
  /** When the first record came. */
  readonly startedNs: number;
  /** When the name was being resolved. */
  readonly resolution: { readonly startNs: number; readonly endNs: number } | undefined;
  /** When a client began to connect. */
  readonly attemptNs: number | undefined;
  /** When the end was connected or accepted. */
  readonly connectedNs: number | undefined;
  /** When TLS was agreed on. */
  readonly tlsNs: number | undefined;
  /** When the last record came so far. */
  readonly endedNs: number;
  /** What went wrong: a sentence, with the code behind it. */
  readonly error: string | undefined;
  /** Where the connection is now. */
  readonly state: ConversationState;
  /** Bytes received so far. */
  readonly bytesIn: number;
  /** Bytes sent so far. */
  readonly bytesOut: number;
  /** Whether the grammar of HTTP read any of the bytes. */
  readonly speaksHttp: boolean;
}

/** One request and its responses, as one end saw them. */
export interface RecordedExchange {
  /** The end that saw it. */
  readonly connection: RecordedConnection;
  /** Counts up from 1 on each connection. */
  readonly index: number;
  /** Undefined: a server answered what was no request. */
  readonly request: RecordedMessage | undefined;
  /** The 1xx responses before the final one. */
  readonly informational: readonly RecordedMessage[];
  /** The final response. Undefined: there was none. */
  readonly response: RecordedMessage | undefined;
  /** Why the exchange is not complete. Undefined: it is. */
  readonly incomplete: string | undefined;
}

type OpenConnection = Open<RecordedConnection>;
type OpenMessage = Open<RecordedMessage>;
type OpenExchange = Omit<Open<RecordedExchange>, "request" | "response" | "informational"> & {
  request: OpenMessage | undefined;
  readonly informational: OpenMessage[];
  response: OpenMessage | undefined;
};

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
  readonly view: OpenConnection;
  readonly in: MessageStream;
  readonly out: MessageStream;
  /** Exchanges that are not complete, in their order. */
  readonly open: OpenExchange[];
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
    const end = this.#end(record, this.#conversations.add(record));
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

  #end(record: TraceRecord, place: Place): End {
    const known = this.#ends.get(record.connection);
    if (known !== undefined) return known;
    const view = newConnection(record, place);
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

  #started(end: End, isRequest: boolean, message: OpenMessage): void {
    if (isRequest) this.#open(end).request = message;
  }

  #ended(end: End, isRequest: boolean, message: OpenMessage): void {
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
      this.#tell(end.open.shift() as OpenExchange);
  }

  #open(end: End): OpenExchange {
    const exchange: OpenExchange = {
      connection: end.view,
      index: ++end.exchanges,
      request: undefined,
      informational: [],
      response: undefined,
      incomplete: undefined,
    };
    end.open.push(exchange);
    if (end.open.length > MAX_OPEN_EXCHANGES)
      this.#tell(end.open.shift() as OpenExchange, "too many requests are without a response");
    return exchange;
  }

  #tell(exchange: OpenExchange, incomplete?: string): void {
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
        if (event.durationMs !== undefined)
          view.resolution ??= { startNs: t - event.durationMs * 1e6, endNs: t };
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
      case "relayed":
      case "fault":
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
  "handed-over": "the program gave the socket to another one",
};

/** Ends of a conversation may find each other late: what depends on that is asked when it is wanted. */
const newConnection = ({ connection, role, t }: TraceRecord, place: Place): OpenConnection => ({
  number: connection,
  role,
  get conversation() {
    return numberOf(place) ?? 0;
  },
  get name() {
    return nameOf(place);
  },
  get hop() {
    return depthOf(place.hop);
  },
  get ofProxy() {
    return place.ofProxy;
  },
  get proxied() {
    return isProxied(place);
  },
  get secondary() {
    return isSecondary(place);
  },
  get destination() {
    return destinationOf(place);
  },
  get faults() {
    return firstHop(place.hop).hits;
  },
  host: undefined,
  local: undefined,
  remote: undefined,
  tls: undefined,
  startedNs: t,
  resolution: undefined,
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
