import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import type { Order } from "./idle/clients.ts";
import type { Measured } from "./proxy/proxy.ts";

/*
 * Many clients at once through a proxy, each with two descriptors there: they all ask again and again, some leave, others
 * come. Meanwhile some clients ask for content without end and read nothing of it.
 *
 * Each program is a process of its own. The clients have several source addresses, since an address has 28,000 ports.
 */

export const check: Check = {
  promise: "a proxy loses none of thousands of connections, and readers that stop cost it a bounded memory",
  runs: { quick: 1_000, full: 2_000, long: 10_000 },
  run,
};

/** So many of the connections are open at the same time: two descriptors each, of which a process may have 20,000. */
const OPEN_SHARE = 0.9;
const STOPPED_READERS = 50;
const STOPPED_ADDRESS = "127.0.1.1";
/** What a reader that stops may cost: what was read of the server, and waits. The kernel's buffers are not ours. */
const MAX_BYTES_PER_STOPPED_READER = 512 * 1024;
/** What a connection that waits may cost the proxy: two sockets of Node take 8 KiB. */
const MAX_BYTES_PER_CONNECTION = 32 * 1024;
const WARM_UP = 200;
const POLL_MS = 100;
/** The server's counter has to stand still so many times in a row: then everything between is full. */
const STANDS_STILL = 5;

async function run({ runs, print }: CheckOptions): Promise<CheckResult> {
  const server = child("proxy/server");
  const upstream = await portOf(server);
  const proxy = child("proxy/proxy", String(upstream), STOPPED_ADDRESS);
  const port = await portOf(proxy);
  const clients = child("idle/clients");
  const measure = () => ask<Measured>(proxy, "measure");
  const order = async (what: Order["do"], count = 0): Promise<number> => {
    const told: Order = { do: what, port, count, question: `${"question ".repeat(20)}\n`, answerEnds: "\n" };
    return (await ask<{ readonly count: number }>(clients, told)).count;
  };
  try {
    await order("open", WARM_UP);
    await order("ask");
    await order("close");
    const before = await measure();

    const atOnce = Math.round(runs * OPEN_SHARE);
    const opened = await order("open", atOnce);
    const first = await order("ask");
    const held = await measure();
    print(`${opened} open, ${first} answered; RSS ${mib(before.rssBytes)} → ${mib(held.rssBytes)} MiB`);

    const stopped = await Promise.all(Array.from({ length: STOPPED_READERS }, () => stoppedReader(port)));
    const flooded = await standsStill(server);
    const full = await measure();
    print(
      `${STOPPED_READERS} readers stopped: ${mib(flooded)} MiB on the way; RSS ${mib(full.rssBytes)} MiB`,
    );
    const meanwhile = await order("ask");
    for (const socket of stopped) socket.destroy();

    await order("close");
    const others = await order("open", runs - atOnce);
    const last = await order("ask");
    await order("close");
    const after = await measure();

    const each = Math.round((held.rssBytes - before.rssBytes) / atOnce);
    const eachStopped = Math.round((full.rssBytes - held.rssBytes) / STOPPED_READERS);
    const lost = after.lost + (runs - opened - others);
    const answered = first === atOnce && meanwhile === atOnce && last === runs - atOnce;
    return {
      passed:
        lost === 0 &&
        answered &&
        after.accepted === WARM_UP + runs + STOPPED_READERS &&
        each <= MAX_BYTES_PER_CONNECTION &&
        eachStopped <= MAX_BYTES_PER_STOPPED_READER,
      figures: `${runs} connections, ${atOnce} at once, ${lost} lost, ${first + meanwhile + last} answers; ${each} bytes a connection, ${eachStopped} a reader that stops`,
    };
  } finally {
    for (const each of [clients, proxy, server]) each.kill();
  }
}

/** It asks for content without end, and never reads. */
async function stoppedReader(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: "127.0.0.1", port, localAddress: STOPPED_ADDRESS });
  socket.pause().on("error", () => {});
  await once(socket, "connect");
  socket.write("flood\n");
  return socket;
}

/** Waits until the server can send no more. Returns what it has sent. */
async function standsStill(server: ChildProcess): Promise<number> {
  let last = -1;
  for (let still = 0; still < STANDS_STILL; ) {
    const { flooded } = await ask<{ readonly flooded: number }>(server, "flooded");
    still = flooded === last && flooded > 0 ? still + 1 : 0;
    last = flooded;
    await delay(POLL_MS);
  }
  return last;
}

/** Starts a file of this folder, compiled or not as this file is. */
function child(name: string, ...args: readonly string[]): ChildProcess {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  // With little space for new objects, RSS shows what is kept.
  return fork(new URL(`./${name}${extension}`, import.meta.url), args, {
    execArgv: ["--expose-gc", "--max-semi-space-size=1"],
  });
}

async function portOf(started: ChildProcess): Promise<number> {
  const [{ port }] = (await once(started, "message")) as [{ readonly port: number }];
  return port;
}

async function ask<T>(to: ChildProcess, message: object | string): Promise<T> {
  const answered = once(to, "message");
  to.send(message);
  return (await answered)[0] as T;
}

const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
