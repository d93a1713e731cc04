import type { FaultKind } from "./work.ts";

/** A connection is reset (RST) as soon as it is accepted. */
export const refuse: FaultKind = {
  type: "refuse",
  summary: "resets a connection on arrival: refuse on=conn#1-3",
  attributes: {},
  connection: "refuse",
};
