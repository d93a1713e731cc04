import { readFileSync } from "node:fs";
import { formatAddress, listen, mechanisms, type TransportError } from "../../tcp.ts";
import { printable } from "../../trace.ts";
import { type Arguments, integerIn } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { type ListeningSocket, listenersOn } from "../listeners.ts";
import { writeOut } from "../output.ts";
import { version } from "../version.ts";

type Row = readonly [what: string, finding: string];

/** What this machine and this Node can do, found out by trying. With a port: who listens there. */
export async function doctor(args: Arguments<"doctor">): Promise<number> {
  const [port] = args.positionals;
  const rows =
    port === undefined ? await machineRows() : await portRows(integerIn("the port", port, 1, 65_535));
  const width = Math.max(...rows.map(([what]) => what.length));
  await writeOut(rows.map(([what, finding]) => `${what.padEnd(width)}  ${printable(finding)}\n`).join(""));
  return EXIT.ok;
}

async function machineRows(): Promise<Row[]> {
  const { versions, platform, arch, features } = process;
  const models = Object.entries(await mechanisms());
  const tls = features.tls ? `OpenSSL ${versions.openssl}` : "not in this Node";
  return [
    ["wirepane", version()],
    ["Node", `${versions.node} on ${platform} ${arch}, libuv ${versions.uv}`],
    ["TLS", tls],
    ["cores", String(process.getBuiltinModule("node:os").availableParallelism())],
    ["IPv4 loopback", await loopback("127.0.0.1")],
    ["IPv6 loopback", await loopback("::1")],
    ["open files", openFilesLimit()],
    ["backlog", backlogLimit()],
    ...models.map(([model, mechanism]): Row => [`model ${model}`, mechanism]),
  ];
}

async function loopback(host: string): Promise<string> {
  try {
    await using _listener = await listen({ host, handler: () => {} });
    return "works";
  } catch (error) {
    return `does not work: ${(error as Error).message}`;
  }
}

/** Each connection is one open file. */
function openFilesLimit(): string {
  const limits = contentOf("/proc/self/limits");
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits ?? "") ?? [];
  return soft === undefined
    ? "unknown on this system"
    : `${soft} in this process (at most ${hard}; ulimit -n)`;
}

function backlogLimit(): string {
  const limit = contentOf("/proc/sys/net/core/somaxconn")?.trim();
  return limit === undefined
    ? "unknown on this system"
    : `the kernel caps it at ${limit} (net.core.somaxconn)`;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // only Linux has this file
  }
}

/**
 * Looks without connecting: a `listen` that waits for one client would take the connection for that client, and end. So
 * we read the kernel's tables. If nobody listens there, or there are no tables, we try to bind.
 */
async function portRows(port: number): Promise<Row[]> {
  const listeners = listenersOn(port);
  const hosts = new Set(["127.0.0.1", "::1", ...(listeners ?? []).map(({ host }) => host)]);
  const rows: Row[] = [];
  for (const host of hosts) {
    const address = { family: host.includes(":") ? "IPv6" : "IPv4", host, port } as const;
    const there = listeners?.filter((each) => takesFrom(each.host, host)) ?? [];
    const finding = there.length > 0 ? there.map(described).join("; ") : await bindable(host, port);
    rows.push([formatAddress(address), finding]);
  }
  return rows;
}

/** A socket on 0.0.0.0 accepts for every IPv4 address, a socket on :: for every IPv6 address. */
function takesFrom(listening: string, host: string): boolean {
  return listening === host || listening === (host.includes(":") ? "::" : "0.0.0.0");
}

function described({ host, process }: ListeningSocket): string {
  const where = host === "0.0.0.0" || host === "::" ? " on every address" : "";
  return `in use: ${process ?? "another user's process"} listens${where}`;
}

async function bindable(host: string, port: number): Promise<string> {
  try {
    await using _listener = await listen({ host, port, handler: () => {} });
    return "free to listen on";
  } catch (error) {
    const { code } = error as TransportError;
    if (code === "ADDRESS_IN_USE") return host.includes(":") ? "in use" : "in use, perhaps by a socket on ::";
    if (code === "PERMISSION")
      return "nobody listens; a port below 1024 needs a privilege that you do not have";
    return `cannot be listened on: ${(error as Error).message}`;
  }
}
