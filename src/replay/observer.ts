import type { Http1Observer } from "../http1/observer.ts";
import { observe, type TcpObserver } from "../tcp/observer.ts";
import type { TraceRecord } from "../trace/record.ts";

/** Watches one connection of a replay: its bytes, and the HTTP in them. */
export type ReplayObserver = TcpObserver & Http1Observer;

/** Tells an observer what a record says. */
export function tellObserver(observer: ReplayObserver, record: TraceRecord): void {
  switch (record.type) {
    case "bytes":
      observe(observer, { kind: record.direction === "in" ? "read" : "write", bytes: record.bytes });
      return;
    case "span":
      observer.span?.(record.direction, record.rule, record.start, record.end);
      return;
    case "transition":
      observer.transition?.(record.side, record.from, record.to, record.cause);
      return;
    case "connection":
      observe(observer, record.event);
      return;
    default:
      record satisfies never;
  }
}
