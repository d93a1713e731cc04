import type { FaultKind } from "./work.ts";

/** A connection is accepted, and then nothing: nobody reads, and the server is not connected to. */
export const acceptStall: FaultKind = {
  type: "accept-stall",
  summary: "accepts a connection, and never reads from it: accept-stall every=5",
  attributes: {},
  connection: "accept-stall",
};
