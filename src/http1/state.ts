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
