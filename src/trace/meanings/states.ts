import type { Cause, Role, State } from "../../http1/state.ts";
import { type Meaning, own } from "./meaning.ts";

/** What a side does in a state, as a sentence without its subject. `docs/states.md` shows all of them. */
export const STATE_MEANINGS = {
  idle: ["is between two messages", "RFC 9112 §9.3"],
  "send-response": ["has a request and owes the final response", "RFC 9112 §9.3"],
  "send-body": ["has sent a head; content, or the end of the message, is to come", "RFC 9112 §6"],
  done: ["has sent its whole message; another may follow", "RFC 9112 §9.3"],
  "must-close": ["sends no further message on this connection", "RFC 9112 §9.6"],
  "might-switch": ["asks for another protocol: the answer decides", "RFC 9110 §7.8"],
  switched: ["speaks another protocol from here on", "RFC 9110 §7.8"],
  closed: ["has ended its direction and sends nothing more", "RFC 9112 §9.6"],
  error: ["broke a rule of HTTP: no further message of this side counts", "RFC 9112 §2.2"],
} as const satisfies Record<State, Meaning>;

/** The states that change what may follow on the connection. The others are part of every exchange. */
const REMARKABLE: ReadonlySet<State> = new Set<State>(["must-close", "might-switch", "switched", "error"]);

/** `undefined`: the state is part of every exchange. */
export function stateMeaning(state: State): Meaning | undefined {
  return REMARKABLE.has(state) ? STATE_MEANINGS[state] : undefined;
}

/** Why a state changed: what was sent or received, or what follows for one side from the other side. */
export const CAUSE_MEANINGS = {
  request: ["a request was sent: the server owes a response", "RFC 9112 §9.2"],
  informational: ["an interim response was sent: the final one is still owed", "RFC 9110 §15.2"],
  response: ["the head of the final response was sent", "RFC 9110 §15"],
  data: ["a piece of the content was sent", "RFC 9112 §6"],
  end: ["the message is complete", "RFC 9112 §6.3"],
  closed: ["this side ended its direction, with FIN", "RFC 9112 §9.6"],
  "next-cycle": ["both messages are complete, and the connection is used again", "RFC 9112 §9.3"],
  "not-persistent": ["a message said that the connection ends: no other message follows", "RFC 9112 §9.3"],
  "switch-accepted": ["101, or 2xx to CONNECT: both sides speak another protocol", "RFC 9110 §7.8, §9.3.6"],
  "switch-refused": ["another response: both sides go on with HTTP", "RFC 9110 §7.8"],
  error: ["a rule was broken", "RFC 9112 §2.2"],
} as const satisfies Record<Cause, Meaning>;

/** What it means that a side went to a state, and why it did: a sentence. `undefined`: every exchange has this move. */
export function moveMeaning(side: Role, to: State, cause: Cause): Meaning | undefined {
  const meaning = stateMeaning(to);
  if (meaning === undefined) return undefined;
  if (to === "error") return [`the ${side} ${meaning[0]}`, meaning[1]];
  // A recording is a file, and may name a cause that nobody knows.
  const why = own(CAUSE_MEANINGS, cause);
  return [`the ${side} ${meaning[0]}${why === undefined ? "" : `; why: ${why[0]}`}`, meaning[1]];
}
