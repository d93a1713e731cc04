// The nanoseconds to read one message to the end of its content, with its target and its fields as strings.

import { npmPeer, undiciVersion } from "./npm-peers.ts";
import type { MessageKind } from "./parser-messages.ts";
import { measureIn } from "./processes.ts";
import { interleave, type Row, type Settings, type Table } from "./row.ts";

const OURS = "wirepane Http1Connection";
const OBSERVED = "wirepane, every span recorded";
const WASM = "llhttp (WASM, of undici)";
const peers = [OURS, OBSERVED, "wirepane, reading alone", WASM, "llhttp (native, of node)", "http-parser-js"];

const tables: readonly { kind: MessageKind; title: string }[] = [
  { kind: "response-323", title: "HTTP parser, response of about 323 bytes, 8 fields" },
  { kind: "response-1595", title: "HTTP parser, response of about 1,595 bytes, 24 fields" },
  { kind: "request-703", title: "HTTP parser, request of about 703 bytes, 13 fields" },
];

export const parserRow: Row = async (settings) => {
  const results: Table[] = [];
  for (const { kind, title } of tables) {
    const candidates = peers.map((name) => ({ name, measure: () => measure(name, kind, settings) }));
    results.push({
      ...{ id: `parser-${kind}`, title, unit: "ns", better: "less", operation: "message" },
      load: "35 messages in turn, in the process that is measured",
      versions: versions(),
      ours: OURS,
      ...(await interleave(settings.rounds, candidates)),
      aims: [
        { peer: OURS, against: WASM, value: "<= 0.333", stretch: { value: "<= 0.25" } },
        { peer: "wirepane, reading alone", against: WASM, value: "<= 0.333", stretch: { value: "<= 0.25" } },
        { peer: OBSERVED, against: OURS, value: "<= 1.3", stretch: { value: "<= 1.15" } },
      ],
    });
  }
  return results;
};

function measure(name: string, kind: MessageKind, { node, warmUpMs, measureMs }: Settings) {
  const path = name === "http-parser-js" ? [npmPeer(name).path] : [];
  return measureIn(node, "./parser-peer.js", [name, kind, warmUpMs, measureMs, ...path]);
}

const versions = () => [undiciVersion(), `http-parser-js ${npmPeer("http-parser-js").version}`];
