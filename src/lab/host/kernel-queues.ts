import { readFile } from "node:fs/promises";
import { endianness } from "node:os";
import type { Address } from "../../tcp.ts";

/*
 * What Linux says of its TCP connections in /proc/net/tcp and /proc/net/tcp6: a line for each, its addresses as words of the
 * machine in hexadecimal (Linux, Documentation/networking/proc_net_tcp.rst).
 *
 *       sl  local_address rem_address   st tx_queue:rx_queue …
 *        0: 0100007F:1F90 0100007F:C350 01 00026BA4:00000000 …
 */

/** What the kernel holds of one end of a connection, in bytes. */
export interface Queues {
  /** Taken from the program, and not acknowledged by the peer. */
  readonly send: number;
  /** Received, and not read by the program. */
  readonly receive: number;
}

const FILES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** The queues of all connections of this machine that have a key in `wanted`. */
export async function readQueues(wanted: ReadonlySet<string>): Promise<Map<string, Queues>> {
  const found = new Map<string, Queues>();
  // A machine without IPv6 has no second file.
  const texts = await Promise.all(FILES.map((name) => readFile(name, "latin1").catch(() => "")));
  for (const text of texts) queuesIn(text, wanted, found);
  return found;
}

/** Adds what a file in the kernel's form says of the wanted connections. */
export function queuesIn(text: string, wanted: ReadonlySet<string>, found: Map<string, Queues>): void {
  for (const line of text.split("\n")) {
    const [, local, remote, , queues] = line.trim().split(/ +/, 5);
    const key = `${local} ${remote}`;
    if (queues === undefined || !wanted.has(key)) continue;
    const [send = "", receive = ""] = queues.split(":");
    found.set(key, { send: Number.parseInt(send, 16), receive: Number.parseInt(receive, 16) });
  }
}

/**
 * How the kernel may write a connection: a socket for IPv6 has addresses of IPv4 as mapped ones (RFC 4291 §2.5.5.2). None
 * for a Unix socket.
 */
export function keysOf(local: Address, remote: Address): readonly string[] {
  if (local.family === "unix" || remote.family === "unix") return [];
  const [mine, peers] = [bytesOf(local.host), bytesOf(remote.host)];
  if (mine === undefined || peers === undefined) return [];
  const key = (one: readonly number[], other: readonly number[]) =>
    `${hexOf(one, local.port)} ${hexOf(other, remote.port)}`;
  const keys = [key(mine, peers)];
  if (mine.length === 4 && peers.length === 4) keys.push(key([...MAPPED, ...mine], [...MAPPED, ...peers]));
  return keys;
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function hexOf(bytes: readonly number[], port: number): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4) {
    const word = bytes.slice(i, i + 4);
    if (endianness() === "LE") word.reverse();
    text += word.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return `${text}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

/** The octets of an address as text; a zone (`%eth0`) is not among them. */
function bytesOf(host: string): number[] | undefined {
  const text = host.replace(/%.*$/, "");
  if (!text.includes(":")) {
    const bytes = text.split(".").map(Number);
    return bytes.length === 4 && bytes.every((byte) => byte >= 0 && byte <= 255) ? bytes : undefined;
  }
  const [front = "", back] = text.split("::");
  const [first, last] = [groupsOf(front), groupsOf(back ?? "")];
  const zeros = 16 - first.length - last.length;
  if (zeros < 0 || (back === undefined && zeros > 0)) return undefined;
  return [...first, ...new Array<number>(zeros).fill(0), ...last];
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const word = Number.parseInt(group, 16);
    return [word >> 8, word & 0xff];
  });
}
