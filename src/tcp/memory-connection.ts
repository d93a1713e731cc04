import type { Address } from "./address.ts";
import type { TcpConnection } from "./connection.ts";
import { MessageConnection, type Wire, type WireMessage } from "./message-connection.ts";
import type { TcpObserver } from "./observer.ts";

const CLIENT: Address = { family: "IPv4", host: "127.0.0.1", port: 49152 };
const SERVER: Address = { family: "IPv4", host: "127.0.0.1", port: 80 };

/** Who watches a pair of memory connections. */
export interface MemoryPairOptions {
  /** An observer for either end; none by default. */
  readonly observer?: { readonly client?: TcpObserver; readonly server?: TcpObserver };
}

/** Two ends of a connection without a network: `[client, server]`. What one writes the other reads a microtask later. */
export function memoryConnectionPair(options: MemoryPairOptions = {}): [TcpConnection, TcpConnection] {
  const { observer = {} } = options;
  const toServer: Wire = memoryWire((message) => server.deliver(message));
  const toClient: Wire = memoryWire((message) => client.deliver(message));
  const client: MessageConnection = new MessageConnection(
    { role: "client", local: CLIENT, remote: SERVER, observer: observer.client },
    toServer,
  );
  const server: MessageConnection = new MessageConnection(
    { role: "server", local: SERVER, remote: CLIENT, observer: observer.server },
    toClient,
  );
  return [client, server];
}

function memoryWire(deliver: (message: WireMessage) => void): Wire {
  return {
    post: (message) => queueMicrotask(() => deliver(message)),
    close() {},
    ref() {},
    unref() {},
  };
}
