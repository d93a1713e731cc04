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

/** What happened in one exchange; an access line is made of it. */
export interface ExchangeSummary {
  readonly connectionId: number;
  readonly remote: Address;
  readonly request: RequestHead;
  /** 0 when the connection was lost before an answer began. */
  readonly status: number;
  /** Bytes of content that were handed to the connection. */
  readonly contentBytes: number;
  readonly durationMs: number;
  /** The answer was sent to its end. */
  readonly complete: boolean;
  /** Why it failed, on either side: what the handler threw, too. */
  readonly error?: unknown;
}

export interface ServeConnectionOptions {
  readonly handler: HttpHandler;
  readonly limits?: Partial<Http1Limits>;
  readonly observer?: Http1Observer | undefined;
  /** From the first byte of a request (or from accept) to the end of its head, then 408. 10,000. nginx, Node: 60,000. */
  readonly headTimeoutMs?: number;
  /**
   * From the head to the end of the content, then 408. 60,000. Node: 300,000. Time in which the handler does not
   * read, or has not asked for the content that waits for a 100 (Continue), does not count: here and for the floor.
   */
  readonly requestTimeoutMs?: number;
  /** The floor: a content that on average comes slower, after `bodyGraceMs`, is a 408, too. 1024; 0: none. Apache: 500. */
  readonly minBodyBytesPerSecond?: number;
  /** 10,000. Apache: 20,000. */
  readonly bodyGraceMs?: number;
  /** Between two requests; then the connection ends without a word. 30,000. nginx: 75,000. */
  readonly idleTimeoutMs?: number;
  /**
   * Without the peer taking the next piece of its answer (64 KiB at most); then the connection is aborted. 30,000.
   * nginx: 60,000; Node: never.
   */
  readonly writeTimeoutMs?: number;
  /**
   * From the head of a request to the head of its answer; then 503, and the request's signal is aborted. Not limited
   * by default, as with Node and Go: only who wrote a handler knows how long it may take (a long poll: minutes).
   */
  readonly handlerTimeoutMs?: number;
  /** The last one says so. 1000, as nginx. */
  readonly maxRequestsPerConnection?: number;
  /** The first answer after that says that it is the last one. 3,600,000, as nginx. */
  readonly maxConnectionAgeMs?: number;
  /** What `bytes()`, `text()` and `json()` take: 10 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * What `bytes()`, `text()` and `json()` hold at once, over all connections of a server, until their requests are
   * answered; who sends more is answered with 503. `serve`: a quarter of the heap's limit; otherwise 256 MiB.
   */
  readonly maxGatheredBytes?: number;
  /** The value of the Server field; none by default. */
  readonly serverName?: string;
  readonly onExchange?: (summary: ExchangeSummary) => void;
  /** A request that broke a rule or came too late; no handler knows of its answer. */
  readonly onRefused?: (error: ProtocolError | TransportError, remote: Address) => void;
  /** Time for the Date field, in milliseconds since 1970. */
  readonly now?: () => number;
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
