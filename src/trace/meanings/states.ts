import type { State } from "../../http1/state.ts";
import type { Meaning } from "./meaning.ts";

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
