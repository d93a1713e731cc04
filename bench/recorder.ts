// The cost of observation: an HTTP client and a server in one process, with both ends recorded and with no observer.

import { measureIn } from "./processes.ts";
import { interleave, type Row, type Table } from "./row.ts";

const ON = "both ends recorded";
const OFF = "nobody looks";

export const recorderRow: Row = async ({ rounds, node, warmUpMs, measureMs }) => {
  const candidates = [ON, OFF].map((name) => ({
    name,
    measure: () => measureIn(node, "./recorder-peer.js", [name === ON ? "on" : "off", warmUpMs, measureMs]),
  }));
  const table: Table = {
    ...{ id: "recorder", title: "recorder, client and server in one process, 50 connections" },
    ...{ unit: "requests/s", better: "more", operation: "request", versions: [], ours: ON },
    load: "our own client and server: both are measured",
    ...(await interleave(rounds, candidates)),
    aims: [{ peer: ON, against: OFF, value: ">= 0.85", stretch: { value: ">= 0.92" } }],
  };
  return [table];
};
