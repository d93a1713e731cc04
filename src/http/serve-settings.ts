import type { ProtocolError } from "../http1/errors.ts";
import type { RequestHead } from "../http1/events.ts";
import type { Http1Limits } from "../http1/limits.ts";
import type { Http1Observer } from "../http1/observer.ts";
import type { Address } from "../tcp/address.ts";
import type { Clock } from "../tcp/clock.ts";
import type { TransportError } from "../tcp/errors.ts";
import { DateField } from "./date.ts";
import { Deadlines } from "./deadline.ts";
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
  /** From the first byte of a request (or from accept) to the end of its head. 10,000. */
  readonly headTimeoutMs?: number;
  /** From the head to the end of the content. 60,000. */
  readonly requestTimeoutMs?: number;
  /** Between two requests. 30,000. */
  readonly idleTimeoutMs?: number;
  /** Without the peer taking anything of what waits for it. 30,000. */
  readonly writeTimeoutMs?: number;
  /** 1000, as nginx. */
  readonly maxRequestsPerConnection?: number;
  /** What `bytes()`, `text()` and `json()` take: 10 MiB. */
  readonly maxBodyBytes?: number;
  /** The value of the Server field; none by default. */
  readonly serverName?: string;
  readonly onExchange?: (summary: ExchangeSummary) => void;
  /** A request that broke a rule or came too late; no handler knows of its answer. */
  readonly onRefused?: (error: ProtocolError | TransportError, remote: Address) => void;
  /** Time for the Date field, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly clock?: Clock;
}

/** What all connections of one server share. */
export interface ServeSettings extends Required<Omit<ServeConnectionOptions, SettingsWithoutDefault>> {
  readonly observer: Http1Observer | undefined;
  readonly serverName: string | undefined;
  readonly onExchange: ((summary: ExchangeSummary) => void) | undefined;
  readonly onRefused: ((error: ProtocolError | TransportError, remote: Address) => void) | undefined;
  readonly deadlines: Deadlines;
  readonly date: DateField;
}

type SettingsWithoutDefault = "observer" | "serverName" | "onExchange" | "onRefused" | "now" | "clock";

export function serveSettings(options: ServeConnectionOptions): ServeSettings {
  return {
    handler: options.handler,
    limits: options.limits ?? {},
    observer: options.observer,
    headTimeoutMs: options.headTimeoutMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    writeTimeoutMs: options.writeTimeoutMs ?? 30_000,
    maxRequestsPerConnection: options.maxRequestsPerConnection ?? 1000,
    maxBodyBytes: options.maxBodyBytes ?? 10 * 1024 * 1024,
    serverName: options.serverName,
    onExchange: options.onExchange,
    onRefused: options.onRefused,
    deadlines: new Deadlines(options.clock),
    date: new DateField(options.now ?? Date.now),
  };
}
