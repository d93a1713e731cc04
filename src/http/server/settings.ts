import { encodeHead } from "../../http1/encode.ts";
import type { ProtocolError } from "../../http1/errors.ts";
import type { RequestHead } from "../../http1/events.ts";
import { Fields } from "../../http1/fields.ts";
import type { Http1Limits } from "../../http1/limits.ts";
import type { Http1Observer } from "../../http1/observer.ts";
import type { Address } from "../../tcp/address.ts";
import type { Clock } from "../../tcp/clock.ts";
import type { TransportError } from "../../tcp/errors.ts";
import { ownOptions } from "../../tcp/own-options.ts";
import { DateField } from "../date.ts";
import { Deadlines } from "../deadline.ts";
import { AnswerHeads } from "./answer-heads.ts";
import { ContentBudget } from "./content-budget.ts";
import type { HttpHandler } from "./handler.ts";

/** What happened in one exchange: enough for a line of an access log. */
export interface ExchangeSummary {
  /** The number of the connection within this process. */
  readonly connectionId: number;
  /** The address of the client. */
  readonly remote: Address;
  /** The head of the request. */
  readonly request: RequestHead;
  /** The status of the answer; 0 when the connection was lost before an answer began. */
  readonly status: number;
  /** Bytes of content that were handed to the connection. */
  readonly contentBytes: number;
  /** Milliseconds that the exchange took. */
  readonly durationMs: number;
  /** Whether the answer was sent to its end. */
  readonly complete: boolean;
  /** Why the exchange failed, on either side; also what the handler threw. */
  readonly error?: unknown;
}

/** With which handler a connection is served, and the limits. */
export interface ServeConnectionOptions {
  /** Answers each request. */
  readonly handler: HttpHandler;
  /** What a request may contain; `SERVER_LIMITS` where nothing is given. */
  readonly limits?: Partial<Http1Limits>;
  /** Watches the HTTP of the connection. */
  readonly observer?: Http1Observer | undefined;
  /**
   * Milliseconds from the first byte of a request (or from accept) to the end of its head, 10,000 by default; then
   * 408. nginx, Node: 60,000.
   */
  readonly headTimeoutMs?: number;
  /**
   * Milliseconds from the head to the end of the content, 60,000 by default; then 408. Node: 300,000. Time in which
   * the handler does not read, or has not yet asked for the content by 100 (Continue), does not count: here and for
   * `minBodyBytesPerSecond`.
   */
  readonly requestTimeoutMs?: number;
  /**
   * Bytes of content per second, on average, after `bodyGraceMs`; below it 408. 1024 by default; 0: none. Apache:
   * 500.
   */
  readonly minBodyBytesPerSecond?: number;
  /** Milliseconds of content before `minBodyBytesPerSecond` counts, 10,000 by default. Apache: 20,000. */
  readonly bodyGraceMs?: number;
  /**
   * Milliseconds between two requests, 30,000 by default; then the connection ends without an answer. nginx: 75,000.
   */
  readonly idleTimeoutMs?: number;
  /**
   * Milliseconds in which the client does not take the next piece of an answer (64 KiB at most), 30,000 by default;
   * then the connection is aborted. nginx: 60,000; Node: never.
   */
  readonly writeTimeoutMs?: number;
  /**
   * Milliseconds from the head of a request to the head of its answer; then 503, and the request's signal is aborted.
   * No limit by default, as with Node and Go: only the author of a handler knows how long it may take.
   */
  readonly handlerTimeoutMs?: number;
  /** Requests on one connection, 1000 by default, as nginx; the last answer announces the end (Connection: close). */
  readonly maxRequestsPerConnection?: number;
  /**
   * Milliseconds after which the next answer ends the connection (Connection: close); 3,600,000 by default, as nginx.
   */
  readonly maxConnectionAgeMs?: number;
  /** How many bytes of content `bytes()`, `text()` and `json()` take, 10 MiB by default; then 413. */
  readonly maxBodyBytes?: number;
  /**
   * How many bytes of content `bytes()`, `text()` and `json()` hold at once, over all connections of a server, until
   * their requests are answered; then 503. `serve`: a quarter of the heap's limit; otherwise 256 MiB.
   */
  readonly maxGatheredBytes?: number;
  /** The value of the Server field; none by default. */
  readonly serverName?: string;
  /** Told of every exchange when it is over. */
  readonly onExchange?: (summary: ExchangeSummary) => void;
  /** Told of every request that broke a rule or came too late. The server answers it without the handler. */
  readonly onRefused?: (error: ProtocolError | TransportError, remote: Address) => void;
  /** The time for the Date field, in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
  /** Where time comes from: the system by default. */
  readonly clock?: Clock;
}

/** Settings that all connections of a server share. */
export interface ServeSettings extends Required<Omit<ServeConnectionOptions, SettingsWithoutDefault>> {
  readonly observer: Http1Observer | undefined;
  readonly onExchange: ((summary: ExchangeSummary) => void) | undefined;
  readonly onRefused: ((error: ProtocolError | TransportError, remote: Address) => void) | undefined;
  readonly deadlines: Deadlines;
  readonly heads: AnswerHeads;
  readonly contentBudget: ContentBudget;
}

type SettingsWithoutDefault =
  | "observer"
  | "serverName"
  | "onExchange"
  | "onRefused"
  | "maxGatheredBytes"
  | "now"
  | "clock";

/** Adds the defaults. @throws {ProtocolError} blame "local" when `serverName` cannot be sent. */
export function serveSettings(given: ServeConnectionOptions): ServeSettings {
  const options = ownOptions(given);
  if (options.serverName !== undefined) {
    const fields = new Fields(["Server", options.serverName]);
    encodeHead({ type: "response", status: 200, reason: "", version: "1.1", fields });
  }
  return {
    handler: options.handler,
    limits: options.limits ?? {},
    observer: options.observer,
    headTimeoutMs: options.headTimeoutMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    minBodyBytesPerSecond: options.minBodyBytesPerSecond ?? 1024,
    bodyGraceMs: options.bodyGraceMs ?? 10_000,
    writeTimeoutMs: options.writeTimeoutMs ?? 30_000,
    handlerTimeoutMs: options.handlerTimeoutMs ?? Number.POSITIVE_INFINITY,
    maxRequestsPerConnection: options.maxRequestsPerConnection ?? 1000,
    maxConnectionAgeMs: options.maxConnectionAgeMs ?? 3_600_000,
    maxBodyBytes: options.maxBodyBytes ?? 10 * 1024 * 1024,
    contentBudget: new ContentBudget(options.maxGatheredBytes ?? 256 * 1024 * 1024),
    onExchange: options.onExchange,
    onRefused: options.onRefused,
    deadlines: new Deadlines(options.clock),
    heads: new AnswerHeads(new DateField(options.now ?? Date.now), options.serverName),
  };
}
