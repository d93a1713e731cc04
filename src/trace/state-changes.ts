import { printable } from "../bytes/text.ts";
import { otherRole, type Role } from "../http1/state.ts";
import type { TransitionRecord } from "./record.ts";

/** The side whose message changed the state: bytes of that side led to it. */
export function senderOf({ cause, side }: TransitionRecord): Role {
  switch (cause) {
    case "request":
      return "client";
    case "informational":
    case "response":
    case "switch-accepted":
    case "switch-refused":
      return "server";
    default:
      return side;
  }
}

/**
 * Whether the change is worth a word beside the bytes that led to it. The FIN has a line of its own, and the next cycle
 * begins with the next request.
 */
export const isWorthAWord = ({ from, to, cause }: TransitionRecord): boolean =>
  from !== to && to !== "closed" && cause !== "next-cycle";

/** `client: idle → done, server: idle → send-response`: where each of these sides was, and where it is now. */
export function changesText(changes: readonly TransitionRecord[], sides: readonly Role[]): string {
  return sides
    .flatMap((side) => {
      const own = changes.filter((change) => change.side === side);
      const [first, last] = [own[0], own.at(-1)];
      if (first === undefined || last === undefined) return [];
      return [`${side}: ${printable(first.from)} → ${printable(last.to)}`];
    })
    .join(", ");
}

/** A side tells its own states. The states of the other side are shown where nobody recorded that side. */
export const sidesShown = (role: Role, otherIsRecorded: boolean): readonly Role[] =>
  otherIsRecorded ? [role] : [role, otherRole(role)];
