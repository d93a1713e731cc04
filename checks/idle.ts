import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Check, CheckOptions } from "./check.ts";
import type { Order } from "./idle/clients.ts";
import type { Measured } from "./idle/server.ts";

/** How many bytes one idle connection may cost the server's process. A bare socket of Node takes about 4 KiB. */
const GOALS = [
  {
    kind: "http",
    bytesPerConnection: 16 * 1024,
    question: "GET / HTTP/1.1\r\nHost: idle.example\r\n\r\n",
    answerEnds: "\r\n\r\nhello\n",
  },
  { kind: "echo", bytesPerConnection: 8 * 1024, question: "hello\n", answerEnds: "hello\n" },
] as const;

/** Connections opened and closed before the first measurement, so that everything that is made only once exists. */
const WARM_UP = 500;
/** What may be left on the heap after all connections are closed: sets and maps keep their tables. */
const LEFT_PER_CONNECTION = 512;
const LEFT_BYTES = 1024 * 1024;

export const check: Check = {
  promise: "each of thousands of idle connections costs little, still answers, and leaves nothing behind",
  runs: { quick: 1_000, full: 2_000, long: 10_000 },
  async run(options) {
    const results = [];
    for (const goal of GOALS) results.push(await hold(goal, options));
    return {
      passed: results.every(({ passed }) => passed),
      figures: `${options.runs} connections; ${results.map(({ figures }) => figures).join("; ")}`,
    };
  },
};

async function hold(
  { kind, bytesPerConnection, question, answerEnds }: (typeof GOALS)[number],
  { runs, print }: CheckOptions,
): Promise<{ readonly passed: boolean; readonly figures: string }> {
  const server = child("server", [kind]);
  const clients = child("clients");
  try {
    const [{ port }] = (await once(server, "message")) as [{ readonly port: number }];
    const measure = () => ask<Measured>(server, "measure");
    const order = async (what: Order["do"], count = runs): Promise<number> => {
      const done = await ask<{ readonly count: number }>(clients, {
        do: what,
        port,
        count,
        question,
        answerEnds,
      } satisfies Order);
      return done.count;
    };

    await order("open", WARM_UP);
    await order("ask");
    await order("close");
    const before = await measure();
    await order("open");
    const first = await order("ask");
    const held = await measure();
    const again = await order("ask");
    await order("close");
    const after = await measure();

    const each = Math.round((held.rssBytes - before.rssBytes) / runs);
    const eachOfHeap = Math.round((held.heapBytes - before.heapBytes) / runs);
    const left = after.heapBytes - before.heapBytes;
    print(`${kind}: before ${shown(before)}`);
    print(`${kind}: held   ${shown(held)}`);
    print(`${kind}: after  ${shown(after)}`);
    const passed =
      each <= bytesPerConnection &&
      first === runs &&
      again === runs &&
      held.sockets === runs &&
      after.sockets === 0 &&
      left <= LEFT_BYTES + runs * LEFT_PER_CONNECTION;
    const figures = `${kind} ${each} bytes each (${eachOfHeap} of them heap, goal ${bytesPerConnection}), ${again} answered again, ${after.sockets} sockets and ${kib(left)} KiB of heap left`;
    return { passed, figures };
  } finally {
    server.kill();
    clients.kill();
  }
}

/**
 * V8 lets the space for new objects grow to 16 MiB and more during many requests, and shrinks it at any time later.
 * With that space small, RSS shows the cost of the connections instead.
 */
const FLAGS = ["--expose-gc", "--max-semi-space-size=1"];

/** Starts a file beside this one, compiled or not as this file is. */
function child(name: string, args: readonly string[] = []): ChildProcess {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return fork(new URL(`./idle/${name}${extension}`, import.meta.url), args, { execArgv: FLAGS });
}

async function ask<T>(process: ChildProcess, message: object | string): Promise<T> {
  const answered = once(process, "message");
  process.send(message);
  const [answer] = await answered;
  return answer as T;
}

const kib = (bytes: number): number => Math.round(bytes / 1024);

const shown = ({ rssBytes, heapBytes, sockets }: Measured): string =>
  `RSS ${kib(rssBytes)} KiB, heap ${kib(heapBytes)} KiB, ${sockets} sockets`;
