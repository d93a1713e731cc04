/** An end of a connection: the client sends requests, the server answers. */
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

export type Step = "request" | "informational" | "response" | "data" | "end" | "closed";

/**
 * Where an event leads the side that sends it; `undefined`: it may not come in this state. What follows for the other
 * side (a request lets the server answer, a message that does not persist ends the connection) is in
 * `Http1Connection`, the only place beside this one.
 */
export function nextState(role: Role, state: State, step: Step): State | undefined {
  switch (step) {
    case "request":
      return role === "client" && state === "idle" ? "send-body" : undefined;
    case "informational":
      return role === "server" && state === "send-response" ? state : undefined;
    case "response":
      // A server may answer before it has understood a request: 400, or 408 to one that never came.
      return role === "server" && (state === "send-response" || state === "idle") ? "send-body" : undefined;
    case "data":
      return state === "send-body" ? state : undefined;
    case "end":
      return state === "send-body" ? "done" : undefined;
    case "closed":
      return state === "idle" || state === "done" || state === "must-close" || state === "might-switch"
        ? "closed"
        : undefined;
    default:
      return step satisfies never;
  }
}
