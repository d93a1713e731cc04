// Downloads of 1 GiB: by length, in chunks of 64 KiB, in chunks of 1 KiB. MiB/s, and CPU time per MiB.

import { cProgram } from "./c-programs.ts";
import { versionOf } from "./loaded.ts";
import { undiciVersion } from "./npm-peers.ts";
import { LOAD_CORE, MEASURED_CORE, measureIn, outputOf, served } from "./processes.ts";
import { interleave, type Measurement, type Row, type Table } from "./row.ts";

const OURS = "wirepane HttpClient";
/** Clients that give no memory away, like the streams of undici and curl. */
const CONSUMED = "wirepane, consume";
const STREAM = "undici stream";
const nodePeers = [
  OURS,
  CONSUMED,
  STREAM,
  "undici request",
  "node:http",
  "fetch built in",
  "raw net, onread",
];

const MIB = 1024 * 1024;
/** This is downloaded again and again while a peer warms up. */
const WARM_UP_MIB = 64;

const shapes = [
  { id: "download-length", how: "by length", path: (bytes: number) => `/length/${bytes}` },
  { id: "download-64k", how: "in chunks of 64 KiB", path: (bytes: number) => `/chunks/${bytes}/65536` },
  { id: "download-1k", how: "in chunks of 1 KiB", path: (bytes: number) => `/chunks/${bytes}/1024` },
];

export const downloadRow: Row = async ({ rounds, node, quick, warmUpMs }) => {
  const program = cProgram("content-server");
  const mib = quick ? 128 : 1024;
  const server = await served(LOAD_CORE, [program]);
  const tables: Table[] = [];
  for (const { id, how, path } of shapes) {
    const url = (amount: number) => `http://127.0.0.1:${server.port}${path(amount * MIB)}`;
    const inNode = (name: string) => ({
      name,
      measure: () => measureIn(node, "./download-peer.js", [name, warmUpMs, url(WARM_UP_MIB), url(mib), mib]),
    });
    tables.push({
      ...{ id, title: `download of ${mib} MiB ${how}`, unit: "MiB/s", better: "more", operation: "MiB" },
      load: "sent by a C program on a core of its own; sizes and samples of the content are checked",
      ...{ versions: [undiciVersion(), ...versionOf("curl", "curl", "--version")], ours: OURS },
      ...(await interleave(rounds, [
        ...nodePeers.map(inNode),
        { name: "curl", measure: () => byCurl(url(mib), mib) },
      ])),
      aims: [OURS, CONSUMED].flatMap((peer) => [
        { peer, against: STREAM, cpu: "<= 0.8", stretch: { cpu: "<= 0.5" } } as const,
        { peer, against: "curl", cpu: "<= 1.2", stretch: { cpu: "<= 0.8" } } as const,
      ]),
    });
  }
  await server.stop();
  return tables;
};

function byCurl(url: string, mib: number): Measurement {
  const report = ["-w", "%{size_download} %{time_total}"];
  const curl = ["curl", "-s", "-o", "/dev/null", ...report, url];
  const [bytes, seconds = 1, cpu = 0] = outputOf(MEASURED_CORE, [cProgram("cpu-of"), ...curl])
    .split(" ")
    .map(Number);
  if (bytes !== mib * MIB) throw new Error(`curl received ${bytes} bytes`);
  return { value: mib / seconds, cpu: cpu / mib };
}
