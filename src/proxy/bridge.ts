import { printable, utf8Bytes } from "../bytes/text.ts";
import { reasonPhrase } from "../http/status.ts";
import { ProtocolError } from "../http1/errors.ts";
import type { RequestHead, ResponseHead } from "../http1/events.ts";
import { Fields } from "../http1/fields.ts";
import type { Http1Leniency } from "../http1/leniency.ts";
import type { ConnectOptions } from "../tcp/connect.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import { relay } from "../tcp/relay.ts";
import { requestOn, responseOn } from "./heads.ts";
import { Hop } from "./hop.ts";

/** Where a request goes. */
export interface Destination {
  /** How to connect to the server. Requests with an equal `authority` share a connection. */
  readonly connect: ConnectOptions;
  /** What Host says on the way to the server. */
  readonly authority: string;
  /** The request-target on the way to the server; `undefined`: CONNECT asks for a tunnel, and no request is sent. */
  readonly target: string | undefined;
}

/** Why a request goes nowhere: the proxy answers it. */
export interface Refusal {
  /** The status of the answer. */
  readonly status: number;
  /** A sentence for the client. */
  readonly sentence: string;
}

/** What a bridge needs from its proxy. */
export interface BridgeOptions {
  /** Finds the server for a request. */
  route(head: RequestHead): Destination | Refusal;
  /** Connects to it. */
  open(connect: ConnectOptions): Promise<TcpConnection>;
  /** Which rules a response may break. */
  readonly leniency: Http1Leniency;
}

/**
 * A proxy that reads HTTP: passes each request of a client on to the server that `route` names, and the response back.
 * What is not HTTP/1.1 goes nowhere. After CONNECT, or when both sides switch protocols, the bytes pass as they are.
 *
 * Requests that were sent ahead (pipelining) wait in the client's connection: one exchange at a time.
 */
export async function bridge(connection: TcpConnection, options: BridgeOptions): Promise<void> {
  await new Bridge(connection, options).run();
}

class Bridge {
  readonly #client: Hop;
  readonly #options: BridgeOptions;
  #server: { readonly hop: Hop; readonly authority: string } | undefined;
  /** The connection to the server has carried an exchange before. */
  #reused = false;
  #answering = false;
  /** Why the content of a request did not come to its end. */
  #clientFault: unknown;

  constructor(connection: TcpConnection, options: BridgeOptions) {
    this.#client = new Hop(connection);
    this.#options = options;
  }

  async run(): Promise<void> {
    const { tcp } = this.#client;
    void tcp.closed.then(({ how, error }) => {
      // The client is gone: whatever the server still does, nobody waits for it.
      if (how !== "end") this.#server?.hop.tcp.abort(error);
    });
    try {
      while (await this.#exchange());
      await this.#server?.hop.tcp[Symbol.asyncDispose]();
    } catch (error) {
      this.#server?.hop.tcp.abort(error instanceof Error ? error : undefined);
      await this.#fail(error);
    }
    // A tunnel ends when both of its connections have ended.
    await tcp[Symbol.asyncDispose]();
  }

  /** One request and its response. False: no other follows. */
  async #exchange(): Promise<boolean> {
    const request = await this.#client.next();
    if (request?.type !== "request") return false;
    const where = this.#options.route(request);
    if ("status" in where) {
      await this.#answer(where.status, where.sentence);
      return false;
    }
    if (where.target === undefined) {
      await this.#client.next(); // the end of the request
      await this.#tunnel(await this.#options.open(where.connect));
      return false;
    }
    const server = await this.#serverAt(where);
    await server.send(requestOn(request, where.target, where.authority));
    const sent = this.#passContent(server);
    sent.catch((error: unknown) => {
      this.#clientFault = error;
      server.tcp.abort();
    });
    const goesOn = await this.#passResponse(server, request);
    if (this.#client.http1.peerState !== "done") return false;
    await sent;
    return goesOn && this.#beginNext(server);
  }

  async #serverAt({ connect, authority }: Destination): Promise<Hop> {
    const last = this.#server;
    this.#reused = last?.authority === authority;
    if (last !== undefined && this.#reused) return last.hop;
    await last?.hop.tcp[Symbol.asyncDispose]();
    const opened = await this.#options.open(connect);
    const hop = new Hop(opened, this.#options.leniency);
    this.#server = { hop, authority };
    return hop;
  }

  async #passContent(server: Hop): Promise<void> {
    for (;;) {
      const event = await this.#client.next();
      if (event === undefined || event.type === "closed") return;
      await server.send(event);
      if (event.type === "end") return;
    }
  }

  /** False: this was the last response, or both sides speak another protocol now. */
  async #passResponse(server: Hop, request: RequestHead): Promise<boolean> {
    const client = this.#client;
    for (;;) {
      const event = await server.next();
      switch (event?.type) {
        case "informational":
          // RFC 9110 §15.2: HTTP/1.0 has no interim responses.
          if (request.version === "1.1") await client.send(responseOn(event, request));
          break;
        case "response":
          this.#answering = true;
          await client.send(this.#lastIfUnframed(responseOn(event, request), request));
          if (server.http1.peerState !== "switched") break;
          await this.#join(server.tcp, server.leave());
          return false;
        case "data":
        case "end":
          await client.send(event);
          if (event.type === "end") return true;
          break;
        default:
          throw new TransportError(
            "PEER_CLOSED_BEFORE_RESPONSE",
            "head",
            "the server ended before its response",
          );
      }
    }
  }

  /** A content that ends with the connection is the last one of the connection (RFC 9112 §6.3). */
  #lastIfUnframed<Head extends ResponseHead>(head: Head, request: RequestHead): Head {
    const framed =
      head.fields.has("content-length") ||
      head.fields.has("transfer-encoding") ||
      request.method === "HEAD" ||
      [101, 204, 304].includes(head.status);
    return framed ? head : { ...head, fields: head.fields.with("Connection", "close") };
  }

  #beginNext(server: Hop): boolean {
    const client = this.#client.http1;
    if (client.ourState !== "done" || client.peerState !== "done") return false;
    client.startNextCycle();
    this.#answering = false;
    const { http1 } = server;
    if (http1.ourState !== "done" || http1.peerState !== "done") {
      this.#server = undefined;
      void server.tcp[Symbol.asyncDispose]();
      return true;
    }
    http1.startNextCycle();
    server.rest(() => {
      const isIdle = client.peerState === "idle" && client.bufferedBytes === 0;
      if (this.#server?.hop === server && isIdle) void this.#client.tcp.end();
    });
    return true;
  }

  async #tunnel(server: TcpConnection): Promise<void> {
    const client = this.#client;
    await client.send({
      type: "response",
      status: 200,
      reason: "Connection established",
      version: "1.1",
      fields: new Fields(),
    });
    await this.#join(server, new Uint8Array(0));
  }

  /** From here on the bytes pass as they are. */
  async #join(server: TcpConnection, early: Uint8Array): Promise<void> {
    const { tcp } = this.#client;
    const first = this.#client.leave();
    if (early.length > 0) void tcp.write(early);
    if (first.length > 0) void server.write(first);
    relay(tcp, server);
    await Promise.all([tcp.closed, server.closed]);
  }

  async #fail(error: unknown): Promise<void> {
    const { tcp } = this.#client;
    // A server may end an idle connection at any time (RFC 9112 §9.5). The client learns of it as it would without us,
    // and decides itself whether to ask again.
    if (this.#reused && !this.#answering && error instanceof TransportError) return;
    if (this.#answering) return tcp.abort(error instanceof Error ? error : undefined);
    const { http1 } = this.#client;
    if (http1.peerState === "error") {
      // The server may have failed since the content of this client did: the client's own fault counts.
      const fault = this.#clientFault ?? error;
      if (fault instanceof ProtocolError) return this.#answer(fault.statusHint, printable(fault.message));
    }
    if (error instanceof TransportError || error instanceof ProtocolError) {
      const isLate = error.code.startsWith("TIMEOUT");
      return this.#answer(isLate ? 504 : 502, printable(error.message));
    }
    throw error;
  }

  /** The proxy's own answer, the last one of the connection. */
  async #answer(status: number, sentence: string): Promise<void> {
    const content = utf8Bytes(`${sentence}\n`);
    const fields = new Fields([
      "Content-Type",
      "text/plain; charset=utf-8",
      "Content-Length",
      String(content.length),
      "Connection",
      "close",
    ]);
    const { http1 } = this.#client;
    await this.#client.send({
      type: "response",
      status,
      reason: reasonPhrase(status),
      version: "1.1",
      fields,
    });
    // RFC 9110 §9.3.2: also where the request could not be read to its end.
    if (http1.request.method !== "HEAD") await this.#client.send({ type: "data", bytes: content });
    await this.#client.send({ type: "end", trailers: new Fields() });
  }
}
