/**
 * Holds many connections open. Told `open`, `ask` or `close`, it answers with the number of connections that did so.
 */
import { once } from "node:events";
import net from "node:net";

export interface Order {
  readonly do: "open" | "ask" | "close";
  readonly port: number;
  readonly count: number;
  /** What each client sends, and how the answer ends. */
  readonly question: string;
  readonly answerEnds: string;
}

/** At most this many open or ask at the same time, since the kernel's backlog is short. */
const AT_ONCE = 100;
/** One source address has about 28,000 ports, and a closed connection keeps its port for a minute. */
const PER_ADDRESS = 5_000;
const ANSWER_MS = 10_000;

const sockets: net.Socket[] = [];

async function open({ port, count }: Order): Promise<number> {
  await inTurns(count, async (index) => {
    const localAddress = `127.0.0.${2 + Math.floor(index / PER_ADDRESS)}`;
    const socket = net.connect({ host: "127.0.0.1", port, localAddress });
    socket.on("error", () => {});
    await once(socket, "connect");
    sockets.push(socket);
  });
  return sockets.length;
}

async function ask({ question, answerEnds }: Order): Promise<number> {
  let answered = 0;
  await inTurns(sockets.length, async (index) => {
    const socket = sockets[index];
    if (socket === undefined || socket.readyState !== "open") return;
    let answer = "";
    const settled = new Promise<void>((resolve) => {
      const onData = (bytes: Buffer): void => {
        answer += bytes.toString("latin1");
        if (!answer.endsWith(answerEnds)) return;
        answered++;
        settle();
      };
      const settle = (): void => {
        clearTimeout(giveUp);
        socket.off("data", onData).off("close", settle);
        resolve();
      };
      const giveUp = setTimeout(settle, ANSWER_MS);
      socket.on("data", onData).once("close", settle);
    });
    socket.write(question);
    await settled;
  });
  return answered;
}

async function close(): Promise<number> {
  const all = sockets.splice(0);
  await Promise.all(
    all.map((socket) => {
      const closed = socket.closed ? undefined : once(socket, "close");
      socket.resume().end();
      return closed;
    }),
  );
  return all.length;
}

async function inTurns(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
}

process.on("message", async (order: Order) => {
  const done = { open, ask, close }[order.do];
  process.send?.({ count: await done(order) });
});
process.on("disconnect", () => process.exit(0));
