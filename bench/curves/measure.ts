/**
 * Measures one point of a curve: a client, a server or the reader alone in a fresh process, and the load in another.
 */

import { cProgram, messageFile } from "../c-programs.ts";
import { beside, LOAD_CORE, MEASURED_CORE, outputOf, served } from "../processes.ts";
import type { Measurement, Settings } from "../row.ts";

const BESIDE = "./curves/";

/** The CPU time of a server for each message, µs. */
export async function serverCost(
  { node, warmUpMs, measureMs }: Settings,
  kind: string,
  load: { readonly connections: number; readonly pipelined?: number; readonly messages: readonly string[] },
): Promise<number> {
  const server = await served(MEASURED_CORE, [node, beside(`${BESIDE}server-peer.js`), kind]);
  try {
    const command = [
      cProgram("steady-load"),
      kind.endsWith("echo") ? "echo" : "http",
      server.port,
      server.pid,
      load.connections,
      load.pipelined ?? 1,
      warmUpMs,
      measureMs,
      messageFile("curve-load", load.messages),
    ];
    return cpuIn(outputOf(LOAD_CORE, command.map(String)));
  } finally {
    await server.stop();
  }
}

/** The CPU time of a client for each operation, µs. `answer`: the command of the server that the client talks to. */
export async function clientCost(
  { node, warmUpMs, measureMs }: Settings,
  kind: string,
  load: {
    readonly connections?: number;
    readonly pipelined?: number;
    readonly answer: readonly string[];
    readonly path?: string;
  },
): Promise<number> {
  const server = await served(LOAD_CORE, load.answer);
  try {
    const args = [
      kind,
      server.port,
      load.connections ?? 1,
      load.pipelined ?? 1,
      warmUpMs,
      measureMs,
      load.path ?? "/",
    ];
    return cpuIn(outputOf(MEASURED_CORE, [node, beside(`${BESIDE}client-peer.js`), ...args.map(String)]));
  } finally {
    await server.stop();
  }
}

/** The CPU time of our reader for a message, ns. */
export function readerCost(
  { node, warmUpMs, measureMs }: Settings,
  kind: string,
  amount: number,
  piece: number,
): number {
  const args = [kind, amount, piece, warmUpMs, measureMs].map(String);
  const output = outputOf(MEASURED_CORE, [node, beside(`${BESIDE}parser-peer.js`), ...args]);
  return (JSON.parse(output) as Measurement).value;
}

/** A server that answers with these responses, in order. */
export const answering = (responses: readonly string[]): string[] => [
  cProgram("answer-server"),
  messageFile("curve-answers", responses),
];

function cpuIn(output: string): number {
  const { cpu } = JSON.parse(output) as Measurement;
  if (cpu === undefined) throw new Error(`no CPU time in ${output}`);
  return cpu;
}
