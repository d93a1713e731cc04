import { CONSEQUENCES, JOINT_MOVES, type Role, type State, TURNS } from "../../browser.ts";
import type { Taken } from "./stepping.ts";

/** A move of one side: a row of one of the two tables of states. */
export interface MoveRow {
  readonly side: Role;
  readonly from: State;
  readonly to: State;
  /** The event that the side sends, or what follows for it from an event of either side. */
  readonly why: string;
  /** The cause that observers are told. */
  readonly cause: string;
}

/** What a side may send. */
export const TURN_ROWS: readonly MoveRow[] = TURNS.map(([side, from, why, to]) => ({
  side,
  from,
  to,
  why,
  cause: why,
}));

/** What follows for a side. */
export const JOINT_ROWS: readonly MoveRow[] = JOINT_MOVES.map(([side, from, why, to]) => ({
  side,
  from,
  to,
  why,
  cause: CONSEQUENCES[why].cause,
}));

/** The ends that saw this move in the last step. */
export function seenBy({ side, from, to, cause }: MoveRow, taken: readonly Taken[]): Role[] {
  return taken
    .filter((each) => each.side === side && each.from === from && each.to === to && each.cause === cause)
    .map((each) => each.seenBy);
}
