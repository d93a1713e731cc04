// The cost of an idle connection: 10,000 connections, each of which was answered once.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Order } from "../checks/idle/clients.ts";
import { interleave, type Measurement, type Row, type Table } from "./row.ts";

const shapes = [
  {
    id: "idle-echo",
    title: "idle connections of an echo server",
    ours: "wirepane listen",
    peers: ["node:net, on data", "node:net, onread"],
    question: "hello\n",
    answerEnds: "hello\n",
    aims: [{ peer: "wirepane listen", value: "<= 8192" }],
  },
  {
    id: "idle-http",
    title: "idle connections of an HTTP server",
    ours: "wirepane serve",
    peers: ["node:http"],
    question: "GET / HTTP/1.1\r\nHost: idle.example\r\n\r\n",
    answerEnds: "\r\n\r\nhello\n",
    aims: [{ peer: "wirepane serve", value: "<= 16384" }],
  },
] as const;
type Shape = (typeof shapes)[number];

/** Connections opened and closed before the first measurement, so that everything that is made only once exists. */
const WARM_UP = 500;

export const idleRow: Row = async ({ rounds, quick, node }) => {
  const count = quick ? 2_000 : 10_000;
  const tables: Table[] = [];
  for (const shape of shapes) {
    const { id, title, ours, peers, aims } = shape;
    const candidates = [ours, ...peers].map((name) => ({
      name,
      measure: () => hold(name, count, shape, node),
    }));
    tables.push({
      ...{ id, title: `${count.toLocaleString("en")} ${title}`, unit: "bytes each", better: "less" },
      ...{ operation: "connection", versions: [], ours, aims },
      load: "another Node opens them and waits for each one's answer; RSS after three collections, before and with",
      ...(await interleave(rounds, candidates)),
    });
  }
  return tables;
};

async function hold(
  name: string,
  count: number,
  { question, answerEnds }: Shape,
  node: string,
): Promise<Measurement> {
  // V8 lets the space for new objects grow to 16 MiB and more during many requests, and shrinks it at any time later.
  // With that space small, RSS shows the cost of the connections instead.
  const flags = { execPath: node, execArgv: ["--expose-gc", "--max-semi-space-size=1"] };
  const server = fork(new URL("./idle-peer.js", import.meta.url), [name], flags);
  const clients = fork(new URL("../checks/idle/clients.js", import.meta.url));
  try {
    const [{ port }] = (await once(server, "message")) as [{ readonly port: number }];
    const order = (what: Order["do"], amount = count) =>
      ask<{ readonly count: number }>(clients, { do: what, port, count: amount, question, answerEnds });
    await order("open", WARM_UP);
    await order("ask");
    await order("close");
    const before = await ask<number>(server, "measure");
    await order("open");
    const answered = await order("ask");
    if (answered.count !== count) throw new Error(`${answered.count} of ${count} were answered`);
    return { value: ((await ask<number>(server, "measure")) - before) / count };
  } finally {
    server.kill();
    clients.kill();
  }
}

async function ask<T>(child: ChildProcess, message: Order | "measure"): Promise<T> {
  const answered = once(child, "message");
  child.send(message);
  const [answer] = await answered;
  return answer as T;
}
