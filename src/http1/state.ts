/** An end of a connection: the client sends requests, the server answers. */
export type Role = "client" | "server";

/** Where one of the two sides of a connection is. docs/states.md shows all moves between them. */
export type State =
  | "idle" // before the message of this cycle
  | "send-response" // server only: the request head is there, the final response is not
  | "send-body"
  | "done"
  | "must-close" // the message is complete and no other may follow (RFC 9112 §9.6)
  | "might-switch" // client only: sent CONNECT or Upgrade, the response decides
  | "switched" // the connection speaks another protocol now
  | "closed"
  | "error";

/** Why a state changed: the event that was sent or received, or what follows from the other side. */
export type Cause =
  | "request"
  | "informational"
  | "response"
  | "data"
  | "end"
  | "closed"
  | "next-cycle"
  | "not-persistent"
  | "switch-accepted"
  | "switch-refused"
  | "error";

/** An event that a side sends. */
export type Step = "request" | "informational" | "response" | "data" | "end" | "closed";

/** What follows for a side from an event of either side: the joint moves. */
export type Consequence =
  | "asked"
  | "notPersistent"
  | "askedToSwitch"
  | "switchAccepted"
  | "switchRefused"
  | "switchRefusedAtLast"
  | "nextCycle"
  | "fault";

export const otherRole = (role: Role): Role => (role === "client" ? "server" : "client");

type Row<Why> = readonly [side: Role, from: State, why: Why, to: State];

/** What each side may send in which state, and where the event leads that side. No row: it may not. */
export const TURNS: readonly Row<Step>[] = [
  ["client", "idle", "request", "send-body"],
  // Pipelining (RFC 9112 §9.3.2): the next request may be sent before this one is answered.
  ["client", "done", "request", "send-body"],
  ["client", "send-body", "data", "send-body"],
  ["client", "send-body", "end", "done"],
  ["client", "idle", "closed", "closed"],
  ["client", "done", "closed", "closed"],
  ["client", "must-close", "closed", "closed"],
  ["client", "might-switch", "closed", "closed"],
  // A server may answer before it has understood a request: 400, or 408 to a request that never came.
  ["server", "idle", "response", "send-body"],
  ["server", "send-response", "informational", "send-response"],
  ["server", "send-response", "response", "send-body"],
  ["server", "send-body", "data", "send-body"],
  ["server", "send-body", "end", "done"],
  ["server", "idle", "closed", "closed"],
  ["server", "done", "closed", "closed"],
  ["server", "must-close", "closed", "closed"],
];

/**
 * The joint moves. Where a state has no row, the consequence leaves it as it is: a server that answered a request before
 * the request came has answered it.
 */
export const JOINT_MOVES: readonly Row<Consequence>[] = [
  ["server", "idle", "asked", "send-response"],
  // A client sent a request to a server that had ended: reading the response says INCOMPLETE_HEAD.
  ["server", "closed", "asked", "send-response"],
  ["client", "done", "notPersistent", "must-close"],
  ["server", "done", "notPersistent", "must-close"],
  ["client", "done", "askedToSwitch", "might-switch"],
  ["client", "send-body", "switchAccepted", "switched"],
  ["client", "might-switch", "switchAccepted", "switched"],
  // The FIN of a client belongs to the protocol that it switched to.
  ["client", "closed", "switchAccepted", "switched"],
  ["server", "send-body", "switchAccepted", "switched"],
  ["client", "might-switch", "switchRefused", "done"],
  ["client", "might-switch", "switchRefusedAtLast", "must-close"],
  ["client", "done", "nextCycle", "idle"],
  ["server", "done", "nextCycle", "idle"],
  // Nothing is read from a peer in any other state.
  ["client", "idle", "fault", "error"],
  ["client", "send-body", "fault", "error"],
  ["server", "idle", "fault", "error"],
  ["server", "send-response", "fault", "error"],
  ["server", "send-body", "fault", "error"],
];

/** When each consequence happens, and the cause that observers are told. */
export const CONSEQUENCES = {
  asked: { cause: "request", when: "a request was sent, and is the next to be answered" },
  notPersistent: { cause: "not-persistent", when: "a message ended the persistence of the connection" },
  askedToSwitch: {
    cause: "end",
    when: "a request with CONNECT or Upgrade is complete, without a response so far",
  },
  switchAccepted: { cause: "switch-accepted", when: "the response is 101, or 2xx to CONNECT" },
  switchRefused: { cause: "switch-refused", when: "it is another response, and the connection persists" },
  switchRefusedAtLast: { cause: "switch-refused", when: "it is another response, and the last one" },
  nextCycle: { cause: "next-cycle", when: "the next exchange begins on the same connection" },
  fault: { cause: "error", when: "what this side sent breaks a rule" },
} as const satisfies Record<Consequence, { cause: Cause; when: string }>;

/** A state of one side, with its moves. An absent move is `undefined`. */
export interface Place extends Readonly<Record<Step | Consequence, Move | undefined>> {
  readonly state: State;
}

export interface Move {
  readonly to: Place;
  readonly cause: Cause;
}

/**
 * The tables as a graph, with the place where each side begins. To follow a move costs one property, where a look-up
 * by names would cost several.
 */
export const BEGINNING: Readonly<Record<Role, Place>> = {
  client: graphOf("client"),
  server: graphOf("server"),
};

function graphOf(role: Role): Place {
  const places = new Map<State, ReturnType<typeof newPlace>>();
  const placeOf = (state: State) => {
    const place = places.get(state) ?? newPlace(state);
    places.set(state, place);
    return place;
  };
  for (const [side, from, why, to] of TURNS) {
    if (side === role) placeOf(from)[why] = { to: placeOf(to), cause: why };
  }
  for (const [side, from, why, to] of JOINT_MOVES) {
    if (side === role) placeOf(from)[why] = { to: placeOf(to), cause: CONSEQUENCES[why].cause };
  }
  return placeOf("idle");
}

/** All places have the same properties in the same order, so that V8 reads all of them alike. */
function newPlace(state: State): { state: State } & Record<Step | Consequence, Move | undefined> {
  return {
    state,
    request: undefined,
    informational: undefined,
    response: undefined,
    data: undefined,
    end: undefined,
    closed: undefined,
    asked: undefined,
    notPersistent: undefined,
    askedToSwitch: undefined,
    switchAccepted: undefined,
    switchRefused: undefined,
    switchRefusedAtLast: undefined,
    nextCycle: undefined,
    fault: undefined,
  };
}
