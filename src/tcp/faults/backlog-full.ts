import type { FaultKind } from "./work.ts";

/** The port listens, and the kernel takes no further connection: connecting hangs until the client gives up. */
export const backlogFull: FaultKind = {
  type: "backlog-full",
  summary: "the backlog is full, connecting hangs: backlog-full from=2s to=5s",
  attributes: {},
  connection: "backlog-full",
};
