import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { latin1 } from "../../src/bytes/text.ts";
import { HttpClient } from "../../src/http/client/client.ts";
import { fetchWith } from "../../src/http/client/fetch.ts";
import type { Row } from "./rows.ts";
import { scriptedServer } from "./scripted-server.ts";

/** The response that a client delivered. */
export interface Delivered {
  readonly status: number;
  readonly content: Uint8Array;
}

/** A client with connections of its own. */
export interface Client {
  /** Rejects with the client's own error. */
  get(url: string, method: string): Promise<Delivered>;
  close(): void | Promise<void>;
}

/** A client that works shows its verdict in less time than this. */
const PATIENCE_MS = 3000;

/** `200:5`, or the code of the error; `close` if the client did not use the connection for the next request. */
export async function deliver(client: Client, row: Row): Promise<string> {
  await using server = await scriptedServer(row);
  let verdict: string;
  try {
    const { status, content } = await inTime(client.get(server.url, row.wire.methods[0] ?? "GET"));
    verdict = `${status}:${content.length}${isAsSent(content, row) ? "" : " altered"}`;
  } catch (error) {
    verdict = codeOf(error);
  }
  const failed = !/^\d/.test(verdict);
  try {
    const probe = await inTime(client.get(server.probeUrl, "GET"));
    if (Buffer.from(probe.content).toString() !== "probe") verdict += " poisoned";
  } catch (error) {
    verdict += ` then ${codeOf(error)}`;
  }
  await client.close();
  if (failed) return server.reused ? `${verdict} kept` : verdict;
  return server.reused ? verdict : `${verdict} close`;
}

/** Whether the content is that of the events; decoded content is always "hello". */
function isAsSent(content: Uint8Array, { wire }: Row): boolean {
  const delivered = Buffer.from(content).toString("latin1");
  const data = wire.events.flatMap((line) => /^data "(.*)"$/s.exec(line)?.[1] ?? []);
  return delivered === "hello" || delivered === data.join("");
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(PATIENCE_MS, undefined, { signal: over.signal }).then(() => {
    throw Object.assign(new Error("nothing came"), { code: "silence" });
  });
  late.catch(() => {}); // the promise may have been first
  return Promise.race([promise, late]).finally(() => over.abort());
}

/** The innermost code says the most. Some errors have no code. */
function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: string; cause?: unknown };
  if (cause instanceof Error && typeof code !== "string") return codeOf(cause);
  return typeof code === "string" ? code : (name ?? "error");
}

// Our clients

export function wirepaneClient(): Client {
  const client = new HttpClient();
  return {
    get: async (url, method) => {
      const response = await client.request({ url, method, decode: true });
      return { status: response.status, content: await response.bytes() };
    },
    close: () => client.close(),
  };
}

export function wirepaneFetch(): Client {
  const client = new HttpClient();
  const fetch = fetchWith(client);
  return { get: (url, method) => fetched(fetch(url, { method })), close: () => client.close() };
}

async function fetched(promise: Promise<Response>): Promise<Delivered> {
  const response = await promise;
  return { status: response.status, content: new Uint8Array(await response.arrayBuffer()) };
}

/** undici needs some turns until a connection is free for the next request. */
const UNDICI_TURNS_MS = 20;

// The other clients

export function nodeClient(): Client {
  const agent = new http.Agent({ keepAlive: true });
  return {
    get: (url, method) =>
      new Promise((resolve, reject) => {
        const request = http.request(url, { method, agent });
        // Bytes after a response are an error of its request, too.
        request.on("error", reject);
        request.on("upgrade", () => reject(Object.assign(new Error(), { code: "UPGRADE" })));
        request.on("response", (response) => {
          const status = response.statusCode ?? 0;
          buffer(response).then((content) => resolve({ status, content }), reject);
        });
        request.end();
      }),
    close: () => agent.destroy(),
  };
}

/** The platform's fetch. Rows share its connections, but each row has a port of its own. */
export function platformFetch(): Client {
  return {
    get: async (url, method) => {
      const delivered = await fetched(fetch(url, { method }));
      await setTimeout(UNDICI_TURNS_MS);
      return delivered;
    },
    close: () => {},
  };
}

/** Loads undici late: once it is loaded, the platform's fetch may go through it, unless fetch has run before. */
export async function undiciClients(): Promise<(row: Row) => Client> {
  const undici = await import("undici");
  return (row) => undiciClient(undici, row);
}

/** The interceptor that decodes fails at interim responses, so use it only for coded content. */
function undiciClient({ Agent, interceptors, request }: typeof import("undici"), { wire }: Row): Client {
  const agent = new Agent();
  const isCoded = /^content-encoding:/im.test(latin1(wire.bytes));
  const dispatcher = isCoded ? agent.compose(interceptors.decompress()) : agent;
  return {
    get: async (url, method) => {
      const { statusCode, body } = await request(url, { method: method as "GET", dispatcher });
      const delivered = { status: statusCode, content: await body.bytes() };
      await setTimeout(UNDICI_TURNS_MS);
      return delivered;
    },
    close: () => agent.destroy(),
  };
}

/** One command sends both requests: only then can curl use a connection again. */
export async function curl(program: string, row: Row): Promise<string> {
  await using server = await scriptedServer(row);
  const folder = await mkdtemp(join(tmpdir(), "wirepane-curl-"));
  try {
    const file = join(folder, "content");
    const args = ["-sS", "--compressed", "--max-time", "3", "-w", "%{exitcode} %{http_code}\n"];
    const both = ["-o", file, server.url, "-o", join(folder, "probe"), server.probeUrl];
    const told = await new Promise<string>((resolve) => {
      execFile(program, ["-q", ...args, ...both], (_, stdout) => resolve(stdout));
    });
    const [, code, status] = /^(\d+) (\d+)/.exec(told) ?? [];
    if (code !== "0") return `exit ${code}`;
    const length = (await readFile(file).catch(() => "")).length;
    return `${Number(status)}:${length}${server.reused ? "" : " close"}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}
