import net from "node:net";
import type { CheckOptions, CheckResult } from "../check.ts";
import { type Server, startLimited } from "./start-server.ts";

/*
 * An HTTP server with few descriptors. It closes idle connections to make room for new ones. So a burst must neither
 * use up the reserve nor lose a request that has arrived.
 */

/** With fewer descriptors Node 20 could not load its modules, since it opens them all at once. */
const LIMIT = 256;
const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/** At most this many connections wait in the backlog. */
const MAX_UNREAD = 500;
const GOOD_CLIENTS = 20;

/** Many connections that say nothing. A client that comes later is served at its first try. */
export async function silentBurst({ runs, print }: CheckOptions): Promise<CheckResult> {
  await using server = await startLimited(LIMIT, "serve");
  const silent = Array.from({ length: runs }, () => connectTo(server));
  const gone = silent.map(closed);
  await Promise.all(silent.map(connected));

  let served = 0;
  let opensFiles = true;
  // Connections are accepted in the order in which they came: these are the last.
  for (let client = 0; client < GOOD_CLIENTS; client++) {
    const socket = connectTo(server);
    socket.write(REQUEST);
    if (await isAnswered(socket)) served++;
    opensFiles &&= (await server.report()).opensFiles;
  }
  const { open, seen, refused, events } = await server.report();
  print(`silent: ${JSON.stringify({ open, seen, refused, events, served, opensFiles })}`);
  for (const socket of silent) socket.destroy();
  await Promise.all(gone);
  return {
    passed: served === GOOD_CLIENTS && seen === runs + GOOD_CLIENTS && refused === events && opensFiles,
    figures: `after ${runs} silent connections at once (${refused} refused and told, ${LIMIT} descriptors): ${served} of ${GOOD_CLIENTS} served`,
  };
}

/** Many requests that wait in the kernel before the server reads: each is answered, or its connection is refused. */
export async function unreadBurst({ runs, print }: CheckOptions): Promise<CheckResult> {
  const count = Math.min(runs, MAX_UNREAD);
  await using server = await startLimited(LIMIT, "serve");
  server.kill("SIGSTOP");
  const clients = Array.from({ length: count }, () => connectTo(server));
  await Promise.all(clients.map(connected));
  await Promise.all(
    clients.map((socket) => new Promise<void>((resolve) => socket.write(REQUEST, () => resolve()))),
  );
  const answers = clients.map(isAnswered);
  server.kill("SIGCONT");
  const answered = (await Promise.all(answers)).filter(Boolean).length;
  const { refused, events } = await server.report();
  print(`unread: ${JSON.stringify({ answered, refused, events })}`);
  for (const socket of clients) socket.destroy();
  return {
    passed: answered + refused === count && refused === events && answered > 0,
    figures: `of ${count} requests that came before it looked: ${answered} answered, ${refused} refused and told`,
  };
}

function connectTo({ port }: Server): net.Socket {
  return net.connect(port, "127.0.0.1").on("error", () => {}); // "close" follows
}

function connected(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("connect", resolve).once("close", () => resolve());
  });
}

function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

/** Whether an answer begins before the connection is over. */
function isAnswered(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once("data", () => resolve(true)).once("close", () => resolve(false));
  });
}
