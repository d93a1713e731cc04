/** The arithmetic of a table: ratios of the same round, their median and spread, and whether an aim is reached. */

import type { Aim, Bound, Measurement, Peer, Table } from "./row.ts";

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Which figure of a measurement. */
export type Figure = keyof Measurement;

/** The figures of one peer; `undefined` if the peer has no such figure. */
export function spreadOf(peer: Peer, figure: Figure): Spread | undefined {
  return spread(peer.rounds.map((round) => round[figure]));
}

/** `peer` to `against`, round by round, so that a drift between the rounds has no effect. */
export function ratioOf(peer: Peer, against: Peer, figure: Figure): Spread | undefined {
  return spread(
    peer.rounds.map((round, i) => {
      const [mine, theirs] = [round[figure], against.rounds[i]?.[figure]];
      return mine === undefined || theirs === undefined ? undefined : mine / theirs;
    }),
  );
}

function spread(figures: readonly (number | undefined)[]): Spread | undefined {
  const sorted = figures.filter((figure) => figure !== undefined).sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (sorted.length < figures.length || least === undefined || most === undefined) return undefined;
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, least, most };
}

export interface Verdict {
  readonly peer: string;
  readonly against: string | undefined;
  readonly figure: Figure;
  /** The bound of an aim, or its stretch if there is no other. */
  readonly bound: Bound;
  readonly stretch: Bound | undefined;
  /** The spread of the ratio, or of the value itself. */
  readonly measured: Spread | undefined;
  readonly outcome: Outcome;
}

/** "short of stretch": there was only a stretch, and it is not reached. */
export type Outcome = "stretch" | "reached" | "missed" | "short of stretch" | "not measured";

/** Which aims of the table are reached: one verdict for each figure that has a bound. */
export function verdicts(table: Table): Verdict[] {
  return table.aims.flatMap((aim) =>
    (["value", "cpu"] as const).flatMap((figure) => {
      const bound = aim[figure];
      const stretch = aim.stretch?.[figure];
      const shown = bound ?? stretch;
      if (shown === undefined) return [];
      const measured = measuredFor(table, aim, figure);
      const common = { peer: aim.peer, against: aim.against, figure, bound: shown, measured };
      const outcome = outcomeOf(measured?.median, bound, stretch);
      return [{ ...common, stretch: bound === undefined ? undefined : stretch, outcome }];
    }),
  );
}

function measuredFor(table: Table, aim: Aim, figure: Figure): Spread | undefined {
  const named = (name: string) => table.peers.find((peer) => peer.name === name);
  const peer = named(aim.peer);
  if (peer === undefined) return undefined;
  if (aim.against === undefined) return spreadOf(peer, figure);
  const against = named(aim.against);
  return against && ratioOf(peer, against, figure);
}

function outcomeOf(
  measured: number | undefined,
  bound: Bound | undefined,
  stretch: Bound | undefined,
): Outcome {
  if (measured === undefined) return "not measured";
  if (stretch !== undefined && holds(stretch, measured)) return "stretch";
  if (bound === undefined) return "short of stretch";
  return holds(bound, measured) ? "reached" : "missed";
}

function holds(bound: Bound, figure: number): boolean {
  const limit = Number(bound.slice(3));
  return bound.startsWith(">=") ? figure >= limit : figure <= limit;
}
