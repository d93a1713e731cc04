import { readFileSync } from "node:fs";
import { AdminError, createFleet, type FleetProxy, type ProxyFleet, type ProxyOptions } from "../proxy.ts";
import { formatAddress, TransportError } from "../tcp.ts";
import { printable } from "../trace.ts";
import type { Arguments } from "./arguments.ts";
import { serveUntilInterrupted } from "./draining.ts";
import { listenOn } from "./endpoint.ts";
import { CommandError, EXIT, fileProblem, UsageError } from "./exit-codes.ts";
import { describeFaults } from "./faults.ts";
import { say } from "./output.ts";
import { runProgram } from "./program.ts";
import { version } from "./version.ts";

/** Whether the command line asks for proxies by name, and not for one alone. */
export const asksForFleet = (args: Arguments<"proxy">): boolean => args.has("admin") || args.has("populate");

/**
 * Proxies by name: that of the command line, if there is one, those of --populate, and those that clients of --admin
 * create. What the command line says besides holds for all of them.
 */
export async function serveFleet(
  args: Arguments<"proxy">,
  { host = "127.0.0.1", port, path: _, upstream, forward: __, faults, seed, ...common }: ProxyOptions,
  summary: () => string,
): Promise<number> {
  if (args.has("unix") || args.has("forward"))
    throw new UsageError("--admin and --populate are for proxies with a port and an UPSTREAM");
  if (upstream === undefined && (args.has("fault") || args.has("faults")))
    throw new UsageError("--fault and --faults are for the proxy of PORT UPSTREAM, which is missing");
  const file = args.value("populate");
  const listed = file === undefined ? undefined : contentOf(file);
  const admin = args.value("admin");
  const where = admin === undefined ? undefined : listenOn("the port of --admin", admin);
  await using fleet = createFleet({ common, ...(seed !== undefined && { seed }) });
  let of = `--populate ${file}`;
  try {
    if (listed !== undefined) announce(await fleet.populate(listed));
    of = `the proxy to ${upstream}`;
    if (upstream !== undefined && port !== undefined) {
      const listen = formatAddress({ family: host.includes(":") ? "IPv6" : "IPv4", host, port });
      announce([await fleet.create({ name: OWN_NAME, listen, upstream, ...(faults && { faults }) })]);
    }
  } catch (error) {
    throw asCommandError(error, of);
  }
  await using server = where && (await fleet.serveAdmin({ ...where, version: version() }));
  if (server) say(`toxiproxy's API on ${server.url} · seed ${fleet.seed} · Ctrl-C stops`);
  if (args.program.length > 0) return await withProgram(fleet, args.program);
  return await serveUntilInterrupted(fleet, summary);
}

/** What the API calls the proxy of the command line. */
const OWN_NAME = "proxy";

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.read, `cannot read the proxies of ${file}: ${fileProblem(error)}`);
  }
}

/** A port that is taken ends with the same exit code as for one proxy. */
function asCommandError(error: unknown, of: string): unknown {
  if (!(error instanceof AdminError)) return error;
  if (error.cause instanceof TransportError) return error.cause;
  return new UsageError(printable(`${of}: ${error.message}`));
}

function announce(proxies: readonly FleetProxy[]): void {
  for (const { name, listen, upstream, enabled, faults } of proxies) {
    const state = enabled ? "on" : "disabled, on";
    say(`proxy ${printable(name)} ${state} ${listen} leads to ${printable(upstream)}`);
    const described = describeFaults(faults);
    if (described !== undefined) say(`faults: ${described}`);
  }
}

/** The program ends the proxies, and has its exit code. */
async function withProgram(fleet: ProxyFleet, program: readonly string[]): Promise<number> {
  const code = await runProgram(program, {});
  await fleet.stop({ drainMs: PROGRAM_DRAIN_MS });
  return code;
}

/** What the program sent last may be on its way to the server. */
const PROGRAM_DRAIN_MS = 500;
