import { latin1 } from "../../src/bytes/text.ts";
import type { ConnectOptions } from "../../src/tcp/connect.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import type { Greet, Hop } from "../../src/tcp/hops/hop.ts";
import { memoryConnectionPair } from "../../src/tcp/memory-connection.ts";

/** A request that arrived: what its origin could read, and what the proxies before the origin could read. */
export interface Arrival {
  /** The head and the content, and how TLS with the origin was to be spoken: our certificate is part of that. */
  readonly atOrigin: string;
  /** What each proxy on the way was told for itself, by the name of the proxy. */
  readonly atProxies: ReadonlyMap<string, string>;
}

export interface World {
  readonly arrivals: readonly Arrival[];
  readonly dial: (options: ConnectOptions) => Promise<TcpConnection>;
}

const PROXY_LINE = /^Proxy-Authorization: .*\r\n/gim;

/**
 * Servers and proxies without a network. They answer as `answer` says, and keep connections open, so that a client may
 * use a connection again wherever the client believes that to be right.
 */
export function createWorld(answer: (arrivals: number) => string): World {
  const arrivals: Arrival[] = [];
  const dial = async (options: ConnectOptions): Promise<TcpConnection> => {
    const { through = [], tls } = options;
    const told = new Map<string, string>();
    for (const [index, hop] of through.entries())
      told.set(hop.host ?? "", greeted(hop, through[index + 1] ?? options));
    const last = through.at(-1);
    const [near, far] = memoryConnectionPair();
    far.attach({
      onBytes(bytes) {
        const text = latin1(bytes);
        const atProxies = new Map(told);
        let atOrigin = text;
        if (last !== undefined && last.greet === undefined) {
          // Absolute-form: the proxy reads all of the request, and takes out what was for the proxy alone.
          atProxies.set(last.host ?? "", (text.match(PROXY_LINE) ?? []).join(""));
          atOrigin = text.replace(PROXY_LINE, "");
        }
        arrivals.push({ atOrigin: `${atOrigin}${tls === undefined ? "" : JSON.stringify(tls)}`, atProxies });
        far.send(answer(arrivals.length));
      },
      onEnd: () => void far.end(),
      onClose() {},
    });
    return near;
  };
  return { arrivals, dial };
}

/** What a hop is told in its handshake, as text: SOCKS5 tells who asks once the proxy has chosen that method. */
function greeted({ greet, settings }: Hop, { host = "", port = 0 }: Pick<Hop, "host" | "port">): string {
  if (greet === undefined) return "";
  type AnyGreet = (...given: Parameters<Greet>) => ReturnType<Greet>;
  const handshake = (greet as AnyGreet)({ host, port }, settings as never, () => {});
  const first = latin1(handshake.start().send ?? new Uint8Array());
  return first.startsWith("\x05\x02") ? first + latin1(handshake.receive(CHOSEN).send ?? CHOSEN) : first;
}

/** SOCKS5, user and password (RFC 1928 §3). */
const CHOSEN = new Uint8Array([5, 2]);
