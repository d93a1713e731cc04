import { isIPv4 } from "node:net";
import type { ConnectOptions } from "../../tcp.ts";
import type { Settings } from "./settings.ts";

type Preamble = Extract<ConnectOptions["preamble"], (...ends: never) => unknown>;

/** One function for each client address: a pool takes two functions for two kinds of connections. */
const preambles = new Map<string | undefined, Preamble>();

/**
 * The PROXY header, version 1, of --haproxy-protocol and --haproxy-clientip. As curl 8.23 sends it, the address of
 * --haproxy-clientip stands for both ends.
 */
export function haproxyPreamble(settings: Settings): Preamble {
  const client = settings.value("haproxy-clientip");
  const known = preambles.get(client);
  if (known !== undefined) return known;
  const preamble: Preamble = ({ local, remote }) => Buffer.from(headerOf(local, remote, client), "latin1");
  preambles.set(client, preamble);
  return preamble;
}

type Ends = Parameters<Preamble>[0];

function headerOf(local: Ends["local"], remote: Ends["remote"], client: string | undefined): string {
  if (local.family === "unix" || remote.family === "unix") return "PROXY UNKNOWN\r\n";
  const [source, destination] = client === undefined ? [local.host, remote.host] : [client, client];
  // As in curl, what is no IPv4 address is taken for one of IPv6.
  const family = isIPv4(source) ? "TCP4" : "TCP6";
  return `PROXY ${family} ${source} ${destination} ${local.port} ${remote.port}\r\n`;
}
