export type Role = "client" | "server";

/**
 * Where one of the two sides of a connection is.
 *
 *     idle → (server: send-response →) send-body → done → idle …
 *                                                       ↘ must-close → closed
 *                       might-switch → switched
 */
export type State =
  | "idle" // before the message of this cycle
  | "send-response" // server only: the request head is there, the final response is not
  | "send-body"
  | "done"
  | "must-close" // the message is complete and no other may follow (RFC 9112 §9.6)
  | "might-switch" // client only: sent CONNECT or Upgrade, the answer decides
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

export const otherRole = (role: Role): Role => (role === "client" ? "server" : "client");

type Step = "request" | "informational" | "response" | "data" | "end" | "closed";

const AFTER_MESSAGE = { closed: "closed" } as const;

/**
 * Which event may come in which state, and where it leads. What follows for the other side (a request lets the
 * server answer, a message that does not persist ends the connection) is in `Http1Connection`, the only place
 * beside these tables.
 */
export const NEXT_STATE: Readonly<Record<Role, Partial<Record<State, Partial<Record<Step, State>>>>>> = {
  client: {
    idle: { request: "send-body", closed: "closed" },
    "send-body": { data: "send-body", end: "done" },
    done: AFTER_MESSAGE,
    "must-close": AFTER_MESSAGE,
    "might-switch": AFTER_MESSAGE,
  },
  server: {
    // A server may answer before it has understood a request: 400, or 408 to one that never came.
    idle: { response: "send-body", closed: "closed" },
    "send-response": { informational: "send-response", response: "send-body" },
    "send-body": { data: "send-body", end: "done" },
    done: AFTER_MESSAGE,
    "must-close": AFTER_MESSAGE,
  },
};
