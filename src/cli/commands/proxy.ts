import { isIP } from "node:net";
import { createProxy, ownCertificate, type ProxyOptions, type ProxyServer } from "../../proxy.ts";
import { type ClosedInfo, formatAddress, type ServerTlsOptions, type TlsOptions } from "../../tcp.ts";
import { counted, printable } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { authorities, keyPair } from "../certificates.ts";
import { AS_CURL } from "../curl/leniency.ts";
import { overloadLines, serveUntilInterrupted } from "../draining.ts";
import { listenOn } from "../endpoint.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeFaults, faultList, faultOptions } from "../faults.ts";
import { say, writeOut } from "../output.ts";
import { runProgram } from "../program.ts";
import { asksForFleet, serveFleet } from "../proxy-fleet.ts";
import { startTracing } from "../tracing.ts";

/** A proxy between any two programs. */
export async function proxy(args: Arguments<"proxy">): Promise<number> {
  if (args.values("fault").includes("help")) {
    await writeOut(faultList());
    return EXIT.ok;
  }
  const silent = args.has("silent");
  const options = optionsOf(args);
  const panel = args.has("open") ? (await import("../fault-panel.ts")).faultPanel() : undefined;
  const tracing = await startTracing(args, { foreign: true, timeline: !silent, desk: panel });
  try {
    let [closed, received, sent] = [0, 0, 0];
    const watched: ProxyOptions = {
      ...options,
      ...(tracing.on && { observe: (role) => tracing.observe(role) }),
      onOverload: overloadLines(),
      onUpstreamFailed: ({ id, error }) => {
        if (!silent) say(`#${id} has no server: ${printable(error.message)}`);
      },
      onClosed({ reason }: ClosedInfo) {
        closed++;
        received += reason.bytesIn;
        sent += reason.bytesOut;
      },
    };
    const summary = (accepted: number): string =>
      `${counted(accepted, "connection")}, ${counted(received, "byte")} from clients, ${sent} to them`;
    if (asksForFleet(args)) return await serveFleet(args, watched, () => summary(closed));
    const running = await createProxy(watched);
    panel?.attach(running.faults);
    if (!silent || args.program.length === 0) announce(running, args);
    if (args.program.length > 0) return await withProgram(running, args);
    const { listener } = running;
    return await serveUntilInterrupted(listener, () => summary(listener.accepted), DRAIN_MS);
  } finally {
    await tracing.finish();
  }
}

function optionsOf(args: Arguments<"proxy">): ProxyOptions {
  const forward = args.has("forward");
  const idleTimeoutMs = args.milliseconds("idle");
  const connectTimeoutMs = args.milliseconds("connect-timeout");
  const maxConnections = args.integer("max-conns", 1);
  const version = args.choice("proxy-protocol", ["1", "2"]);
  const from = networksOf(args, "proxy-from");
  if (!forward && args.has("only")) throw new UsageError("--only names the servers of --forward");
  if (forward && args.has("rewrite-host"))
    throw new UsageError("--forward reads HTTP as it is: leave --rewrite-host out");
  const [only, allow, hosts] = [args.values("only"), networksOf(args, "allow"), args.values("allow-host")];
  if (hosts.length > 0 && !args.has("rewrite-host"))
    throw new UsageError(
      "--allow-host is for --rewrite-host: without it the server behind sees the name itself",
    );
  const where = whereOf(args);
  const loopbackHosts = [...(where.host === undefined ? [] : [where.host]), ...hosts];
  return {
    ...where,
    ...tlsOf(args),
    ...faultOptions(args),
    leniency: AS_CURL,
    ...(forward && { forward: only.length > 0 ? { only } : true }),
    ...(args.has("rewrite-host") && { rewriteHost: true, loopbackHosts }),
    ...(version !== undefined && { sendProxyHeader: version === "1" ? 1 : 2 }),
    ...(from.length > 0 && { proxyHeader: { from } }),
    ...(allow.length > 0 && { allow }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    ...(maxConnections !== undefined && { maxConnections }),
  };
}

function networksOf(args: Arguments<"proxy">, option: "allow" | "proxy-from"): readonly string[] {
  const values = args.values(option);
  const wrong = values.find((value) => !isNetwork(value));
  if (wrong !== undefined)
    throw new UsageError(`--${option} wants an address or a network, like 10.0.0.0/8, not "${wrong}"`);
  return values;
}

function isNetwork(value: string): boolean {
  const [, address = "", prefix = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value) ?? [];
  return isIP(address) !== 0 && Number(prefix) <= (isIP(address) === 4 ? 32 : 128);
}

/** `[HOST:]PORT UPSTREAM`, or less: --unix stands for the first, --forward for the second. */
function whereOf(args: Arguments<"proxy">): Pick<ProxyOptions, "host" | "port" | "path" | "upstream"> {
  const words = [...args.positionals];
  if (words.length === 0 && asksForFleet(args)) return {};
  const path = args.value("unix");
  const where = path === undefined ? words.shift() : undefined;
  if (path === undefined && where === undefined) throw new UsageError("proxy wants a port to listen on");
  const [upstream, extra] = words;
  if (args.has("forward")) {
    if (upstream !== undefined)
      throw new UsageError(`with --forward the clients name the server, not "${upstream}"`);
  } else if (upstream === undefined)
    throw new UsageError("proxy wants the server behind it: HOST:PORT, unix:PATH, https://HOST, …");
  if (extra !== undefined) throw new UsageError(`one argument too many: "${extra}"`);
  return {
    ...(path === undefined ? listenOn("the port", where as string) : { path }),
    ...(upstream !== undefined && { upstream }),
  };
}

function tlsOf(args: Arguments<"proxy">): {
  readonly tls?: ServerTlsOptions;
  readonly upstreamTls?: TlsOptions;
} {
  const [cert, key] = [args.value("cert"), args.value("key")];
  const cacert = args.value("cacert");
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError("--cert and --key: each wants the other");
  return {
    ...(cert !== undefined && key !== undefined && { tls: keyPair(cert, key) }),
    ...(cert === undefined && args.has("tls") && { tls: ownCertificate(OWN_NAMES, Date.now()) }),
    upstreamTls: {
      ...(args.has("insecure") && { insecure: true }),
      ...(cacert !== undefined && { ca: authorities(cacert) }),
    },
  };
}

const OWN_NAMES = ["localhost", "127.0.0.1", "::1"];

function announce({ address, faults }: ProxyServer, args: Arguments<"proxy">): void {
  const where = formatAddress(address);
  const only = args.values("only");
  const leads = args.has("forward")
    ? `to ${only.length > 0 ? only.map(printable).join(", ") : "any server"} (http URLs, and tunnels by CONNECT)`
    : `to ${printable(args.positionals.at(-1) ?? "")}`;
  say(`proxy on ${where} leads ${leads} · Ctrl-C stops`);
  const described = describeFaults(faults);
  if (described !== undefined) say(`faults: ${described}`);
}

/** The program ends the proxy, and has its exit code. */
async function withProgram(running: ProxyServer, args: Arguments<"proxy">): Promise<number> {
  const { address } = running;
  const url = address.family === "unix" ? undefined : `http://${formatAddress(address)}`;
  const code = await runProgram(
    args.program,
    args.has("forward") && url !== undefined ? proxyVariables(url) : {},
  );
  await running.listener.stop({ drainMs: PROGRAM_DRAIN_MS });
  return code;
}

/** Nobody but its two programs knows whether a connection is idle: those that are kept alive must not hold up Ctrl-C. */
const DRAIN_MS = 2_000;

/** What the program sent last may be on its way to the server. */
const PROGRAM_DRAIN_MS = 500;

/** What programs read to find their proxy. Servers of this machine are asked through it, too. */
function proxyVariables(url: string): Record<string, string> {
  return {
    http_proxy: url,
    https_proxy: url,
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    no_proxy: "",
    NO_PROXY: "",
    // Node ≥ 24 takes the variables only if it is told to.
    NODE_USE_ENV_PROXY: "1",
  };
}
