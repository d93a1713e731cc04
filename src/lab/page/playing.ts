import { effect, signal } from "@preact/signals";
import type { ServerOfRun } from "../model/waiting-words.ts";
import { ask, onTold } from "./source.ts";
import { choose, drawn, recording } from "./state.ts";

/*
 * What the user started here: servers, clients, messages. The server of the page does it; what happens then comes with the
 * records.
 */

/** A server that the page's server runs. */
export interface PlayServer extends ServerOfRun {
  readonly id: number;
  readonly kind: "echo" | "http";
  readonly host: string;
  readonly port: number;
  readonly mechanism: string;
}

/** Clients that were sent to a server. */
export interface Run {
  readonly number: number;
  readonly server: PlayServer;
  /** The port of each client, in the order in which they connected. */
  readonly ports: readonly number[];
  readonly slow: number;
}

/** How many clients, and how they behave. */
export interface ClientsAsked {
  readonly count: number;
  readonly slow: number;
  readonly slowMs: number;
}

export const servers = signal<readonly PlayServer[]>([]);
/** The latest first. Two, since two are compared. */
export const runs = signal<readonly Run[]>([]);
const MAX_RUNS = 2;
let runNumber = 0;

/** The command behind this page starts servers and sends messages. The pages of other commands only look on. */
export const mayPlay = signal(false);

onTold("servers", (told) => {
  mayPlay.value = true;
  servers.value = told as readonly PlayServer[];
});

export async function startServer(
  kind: PlayServer["kind"],
  model: PlayServer["model"],
  workers: number,
): Promise<PlayServer> {
  return (await ask("start", { kind, model, workers })) as PlayServer;
}

export async function stopServer({ id }: PlayServer): Promise<void> {
  await ask("stop", { id });
}

export async function sendClients(server: PlayServer, asked: ClientsAsked): Promise<void> {
  const { clients } = (await ask("clients", { id: server.id, ...asked })) as {
    readonly clients: readonly { readonly port: number }[];
  };
  const run = { number: ++runNumber, server, ports: clients.map(({ port }) => port), slow: asked.slow };
  runs.value = [run, ...runs.value].slice(0, MAX_RUNS);
}

/** The same clients to an echo server of either model, at the same time. */
export async function compareModels(
  models: readonly PlayServer["model"][],
  asked: ClientsAsked,
): Promise<void> {
  const compared = [];
  for (const model of models) {
    const running = servers.value.find((one) => one.kind === "echo" && one.model === model);
    compared.push(running ?? (await startServer("echo", model, 2)));
  }
  await Promise.all(compared.map((server) => sendClients(server, asked)));
}

/** A piece of a message, and how long to wait before it is sent. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly waitMs: number;
}

/** The conversation that was just asked for is shown as soon as its first record is here. */
const awaited = signal<{ readonly port: number; readonly after: number } | undefined>(undefined);

export async function sendPieces(
  target: { readonly host: string; readonly port: number },
  pieces: readonly Piece[],
  end: "none" | "fin" | "rst",
): Promise<void> {
  const after = recording.value.conversations.at(-1)?.id ?? 0;
  const encoded = pieces.map(({ bytes, waitMs }) => ({ bytes: base64(bytes), waitMs }));
  const { client } = (await ask("send", { ...target, pieces: encoded, end })) as {
    readonly client: { readonly port: number };
  };
  awaited.value = { port: client.port, after };
}

effect(() => {
  drawn.value;
  const wanted = awaited.value;
  if (wanted === undefined) return;
  const found = recording.value.conversations.findLast(({ id, ends }) => {
    const local = ends.client?.local;
    return id > wanted.after && local !== undefined && local.family !== "unix" && local.port === wanted.port;
  });
  if (found === undefined) return;
  awaited.value = undefined;
  choose(found.id);
});

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return btoa(text);
}
