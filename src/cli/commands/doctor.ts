import { readFileSync } from "node:fs";
import { connect, formatAddress, listen, mechanisms, printable, TransportError } from "../../index.ts";
import { type Arguments, integerIn } from "../arguments.ts";
import { EXIT } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { version } from "../version.ts";

type Row = readonly [what: string, finding: string];

/** What this machine and this Node can do, found out by trying. */
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
  const tls = features.tls ? `OpenSSL ${versions.openssl}` : "this Node is built without";
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
    return undefined; // Linux alone has it
  }
}

async function portRows(port: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const host of ["127.0.0.1", "::1"]) {
    const address =
      host === "::1" ? ({ family: "IPv6", host, port } as const) : ({ family: "IPv4", host, port } as const);
    rows.push([formatAddress(address), `${await listening(host, port)}; ${await answering(host, port)}`]);
  }
  return rows;
}

async function listening(host: string, port: number): Promise<string> {
  try {
    await using _listener = await listen({ host, port, handler: () => {} });
    return "free to listen on";
  } catch (error) {
    const { code } = error as TransportError;
    if (code === "ADDRESS_IN_USE") return "in use";
    if (code === "PERMISSION") return "not for you: below 1024 needs a privilege";
    return `cannot be listened on: ${(error as Error).message}`;
  }
}

async function answering(host: string, port: number): Promise<string> {
  try {
    await using _connection = await connect({ host, port, timeoutMs: 1000 });
    return "something accepts connections";
  } catch (error) {
    return error instanceof TransportError && error.code === "CONNECT_REFUSED"
      ? "nothing accepts connections"
      : (error as Error).message;
  }
}
