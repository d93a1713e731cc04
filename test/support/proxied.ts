import { utf8Bytes } from "../../src/bytes/text.ts";
import type { Address } from "../../src/tcp/address.ts";
import type { ConnectionRecord, TraceRecord } from "../../src/trace/record.ts";

/*
 * Records of a proxied conversation, written by hand. The connections have the numbers of their ends:
 *
 *     1 client ── 2 proxy·client   3 proxy·server ── 4 server
 */

const at = (port: number): Address => ({ family: "IPv4", host: "127.0.0.1", port });
const client = at(50_001);
const proxy = at(8080);
const proxyClient = at(50_002);
const server = at(80);

type Event = ConnectionRecord["event"];

/** What happens, in the order of time: a record a millisecond. */
export class Story {
  readonly records: TraceRecord[] = [];
  readonly #offsets = new Map<string, number>();

  event(connection: number, event: Event): this {
    this.records.push({ ...this.#common(connection), type: "connection", event });
    return this;
  }

  bytes(connection: number, direction: "in" | "out", text: string): this {
    const key = `${connection} ${direction}`;
    const offset = this.#offsets.get(key) ?? 0;
    const bytes = utf8Bytes(text);
    this.#offsets.set(key, offset + bytes.length);
    this.records.push({ ...this.#common(connection), type: "bytes", direction, offset, bytes });
    return this;
  }

  /** A request goes through all four ends, and its response comes back. */
  exchange(request: string, response: string): this {
    this.bytes(1, "out", request).bytes(2, "in", request).bytes(3, "out", request).bytes(4, "in", request);
    return this.bytes(4, "out", response)
      .bytes(3, "in", response)
      .bytes(2, "out", response)
      .bytes(1, "in", response);
  }

  #common(connection: number) {
    const role = connection % 2 === 1 ? "client" : "server";
    return { v: 1, t: this.records.length * 1e6, connection, role } as const;
  }
}

/** A client connects to a proxy, and the proxy to the server. */
export const opened = (): Story =>
  new Story()
    .event(1, { kind: "attempt", remote: proxy })
    .event(2, { kind: "accepted", local: proxy, remote: client })
    .event(3, { kind: "relayed", connection: 2 })
    .event(1, { kind: "connected", local: client, remote: proxy })
    .event(3, { kind: "attempt", remote: server })
    .event(4, { kind: "accepted", local: server, remote: proxyClient })
    .event(3, { kind: "connected", local: proxyClient, remote: server });

/** As `opened`, with a PROXY header: the server takes the client's addresses for its own connection. */
export const openedWithHeader = (): Story =>
  new Story()
    .event(1, { kind: "attempt", remote: proxy })
    .event(2, { kind: "accepted", local: proxy, remote: client })
    .event(3, { kind: "relayed", connection: 2 })
    .event(1, { kind: "connected", local: client, remote: proxy })
    .event(3, { kind: "attempt", remote: server })
    .event(3, { kind: "connected", local: proxyClient, remote: server })
    .event(4, { kind: "accepted", local: proxy, remote: client, proxy: proxyClient });

/** The records of some ends only. */
export const seenBy = (connections: readonly number[], { records }: Story): TraceRecord[] =>
  records.filter(({ connection }) => connections.includes(connection));

export const GET = "GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
