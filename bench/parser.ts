// Nanoseconds for one response of about 320 bytes, its fields as strings.

import { interleave, measureIn, type Settings, type Table } from "./row.ts";

const peers = [
  "llhttp (WASM, as undici uses it)",
  "node's llhttp (native)",
  "Http1Connection, reading alone",
  "the same, every span observed",
  "Http1Connection, whole exchange",
];

export function parserRow({ rounds, warmUpMs, measureMs }: Settings): Table[] {
  const measure = (peer: string) => () =>
    measureIn("./parser-peer.js", [String(peers.indexOf(peer)), String(warmUpMs), String(measureMs)]);
  const results = interleave(rounds, new Map(peers.map((peer) => [peer, measure(peer)])));
  return [{ title: "HTTP parser, response of about 320 bytes", unit: "ns", peers: results }];
}
