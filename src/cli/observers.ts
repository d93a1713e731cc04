import type { Http1Observer } from "../http1.ts";
import type { TcpObserver } from "../tcp.ts";

export type Observer = TcpObserver & Http1Observer;

/** One observer that passes everything to all of these. `undefined` if there are none: watching is not free. */
export function observers(...some: readonly (Observer | undefined)[]): Observer | undefined {
  const all = some.filter((each) => each !== undefined);
  if (all.length <= 1) return all[0];
  const number = all.find((each) => each.number !== undefined)?.number;
  return {
    ...(number !== undefined && { number }),
    connection: (event) => {
      for (const each of all) each.connection(event);
    },
    span: (direction, rule, start, end) => {
      for (const each of all) each.span?.(direction, rule, start, end);
    },
    transition: (role, from, to, cause) => {
      for (const each of all) each.transition?.(role, from, to, cause);
    },
  };
}
