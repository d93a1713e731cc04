// Downloads in a process of its own: download-peer PEER WARM-UP-MS WARM-UP-URL URL MIB. It reads all content to its
// end.

import http from "node:http";
import net from "node:net";
import { Writable } from "node:stream";
import { Pool } from "undici";
import { HttpClient } from "wirepane";
import type { Measurement } from "./row.ts";

const [peer = "", warmUpMs = "0", warmUpUrl = "", url = "", mib = "1"] = process.argv.slice(2);
const { origin } = new URL(url);

/** Checks the content as it arrives: each letter tells its place in the content (see `c/content-server.c`). */
class Content {
  #bytes = 0;

  take(chunk: Uint8Array): void {
    const last = this.#bytes + chunk.length - 1;
    if (chunk[0] !== letterAt(this.#bytes) || chunk[chunk.length - 1] !== letterAt(last)) {
      throw new Error(`another content at byte ${this.#bytes}`);
    }
    this.#bytes += chunk.length;
  }

  /** Nobody looked at these. */
  skip(bytes: number): void {
    this.#bytes += bytes;
  }

  expect(bytes: number): void {
    if (this.#bytes !== bytes) throw new Error(`${this.#bytes} bytes came of ${bytes}`);
  }
}

const letterAt = (at: number) => 97 + (Math.floor(at / 1024) % 26);

type Download = (path: string, content: Content) => Promise<unknown>;

const downloads: Record<string, () => Download> = {
  "wirepane HttpClient"() {
    const client = new HttpClient();
    return async (path, content) => {
      const { body } = await client.request({ url: origin + path });
      for await (const chunk of body) content.take(chunk);
    };
  },
  "wirepane, consume"() {
    const client = new HttpClient();
    return async (path, content) => {
      const response = await client.request({ url: origin + path });
      await response.consume((bytes) => content.take(bytes));
    };
  },
  "undici stream"() {
    const pool = new Pool(origin, { connections: 1 });
    return (path, content) =>
      pool.stream({ path, method: "GET" }, () => {
        const write = (chunk: Buffer, _encoding: string, done: () => void) => {
          content.take(chunk);
          done();
        };
        return new Writable({ write });
      });
  },
  "undici request"() {
    const pool = new Pool(origin, { connections: 1 });
    return async (path, content) => {
      const { body } = await pool.request({ path, method: "GET" });
      for await (const chunk of body) content.take(chunk as Buffer);
    };
  },
  "node:http"() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    return (path, content) =>
      new Promise((resolve, reject) => {
        const get = http.get(origin + path, { agent }, (response) => {
          response.on("data", (chunk: Buffer) => content.take(chunk));
          response.on("end", resolve);
        });
        get.on("error", reject);
      });
  },
  "fetch built in": () => async (path, content) => {
    const { body } = await fetch(origin + path);
    if (body === null) throw new Error("no content");
    for await (const chunk of body) content.take(chunk);
  },
  "raw net, onread": rawNet,
};

const download = downloads[peer]?.();
if (!download) throw new Error(`no peer ${peer}`);
const warmAt = performance.now() + Number(warmUpMs);
while (performance.now() < warmAt) await downloadAll(warmUpUrl);
const cpu = process.cpuUsage();
const start = performance.now();
await downloadAll(url);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
const measurement: Measurement = { value: Number(mib) / seconds, cpu: (user + system) / Number(mib) };
console.log(JSON.stringify(measurement));
process.exit();

async function downloadAll(from: string): Promise<void> {
  const { pathname } = new URL(from);
  const content = new Content();
  await download?.(pathname, content);
  content.expect(bytesOf(pathname));
}

/** The size that the path asks for. */
function bytesOf(path: string): number {
  return Number(path.split("/")[2]);
}

/**
 * The floor counts bytes in one buffer as they arrive. The path says how many bytes the content takes on the wire, and
 * the head before it ends at its empty line.
 */
function rawNet(): Download {
  return (path, content) =>
    new Promise((resolve, reject) => {
      const [, kind, , size = "1"] = path.split("/");
      const bytes = bytesOf(path);
      const chunk = Number(size);
      const framing = kind === "chunks" ? (bytes / chunk) * (chunk.toString(16).length + 4) + 5 : 0;
      let expected: number | undefined;
      const buffer = Buffer.alloc(65_536);
      const callback = (length: number): boolean => {
        expected ??= bytes + framing + buffer.subarray(0, length).indexOf("\r\n\r\n") + 4;
        expected -= length;
        if (expected > 0) return true;
        if (expected < 0) return socket.destroy(new Error("more bytes than were asked for")).destroyed;
        socket.destroy();
        content.skip(bytes);
        resolve(undefined);
        return false;
      };
      const { hostname, port } = new URL(origin);
      const socket: net.Socket = net.connect({
        host: hostname,
        port: Number(port),
        onread: { buffer, callback },
      });
      socket.on("error", reject);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`, "latin1");
    });
}
