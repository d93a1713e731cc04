import { encodeHead } from "../http1/encode.ts";
import { type Http1Leniency, STRICT } from "../http1/leniency.ts";
import type { Http1Limits } from "../http1/limits.ts";
import type { Http1Observer } from "../http1/observer.ts";
import { type Clock, nowMs, systemClock } from "../tcp/clock.ts";
import { type ConnectOptions, connect } from "../tcp/connect.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import { TransportError } from "../tcp/errors.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import { ownOptions } from "../tcp/own-options.ts";
import type { TlsOptions } from "../tcp/tls.ts";
import { Cancellation } from "./cancellation.ts";
import { ClientConnection, type ClientConnectionSettings } from "./client-connection.ts";
import { decodedContent } from "./coding.ts";
import { connectionKey, connectOptionsKey } from "./connection-key.ts";
import { Deadlines } from "./deadline.ts";
import { discard } from "./discard.ts";
import type { ExchangeStart } from "./exchange.ts";
import type { ClientResponse, RequestInput } from "./messages.ts";
import { type OutgoingRequest, outgoingRequest } from "./outgoing-request.ts";
import { Pool } from "./pool.ts";
import { parseRequestUrl, type RequestUrl } from "./request-url.ts";

export interface HttpClientOptions {
  /** For every connection: TLS, address family, a Unix socket, … `keepAliveMs` is 60,000 here. */
  readonly connect?: ConnectOptions;
  readonly limits?: Partial<Http1Limits>;
  readonly leniency?: Http1Leniency;
  /** 8. */
  readonly maxConnectionsPerOrigin?: number;
  /** Requests that wait for a connection: 1000. */
  readonly maxQueued?: number;
  /** 30,000. */
  readonly queueTimeoutMs?: number;
  /** How long an unused connection is kept: 4,000, or a second less than the server's hint. 0: none is ever reused. */
  readonly idleTimeoutMs?: number;
  /** From the end of the request to the end of the response's head: 30,000. */
  readonly headTimeoutMs?: number;
  /** Without a byte of content: 30,000. */
  readonly bodyTimeoutMs?: number;
  /** Without the server taking a byte of the request: 30,000. */
  readonly writeTimeoutMs?: number;
  /** What `bytes()`, `text()` and `json()` take: 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Asked for each new connection: who watches it? */
  readonly observe?: (role: "client") => (TcpObserver & Http1Observer) | undefined;
  /** Opens a connection: `connect`, unless another way is wanted (a memory connection, a tunnel). */
  readonly dial?: (options: ConnectOptions) => Promise<TcpConnection>;
  readonly clock?: Clock;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A server that lost its power says nothing: only a probe tells, and frees what it holds here. */
const KEEP_ALIVE_MS = 60_000;

/** An HTTP/1.1 client with a pool of persistent connections. */
export class HttpClient implements AsyncDisposable {
  readonly #connectOptions: ConnectOptions;
  readonly #connectOptionsKey: string;
  readonly #settings: ClientConnectionSettings;
  readonly #maxBodyBytes: number;
  readonly #observe: HttpClientOptions["observe"];
  readonly #dial: (options: ConnectOptions) => Promise<TcpConnection>;
  readonly #pool: Pool<ClientConnection>;
  readonly #connections = new Set<ClientConnection>();
  readonly #connecting = new Set<AbortController>();
  #closed: TransportError | undefined;
  /** The last URL that was read, since the next is often the same. */
  #lastUrl: { readonly text: string; readonly url: RequestUrl } | undefined;

  constructor(given: HttpClientOptions = {}) {
    const options = ownOptions(given);
    this.#connectOptions = ownOptions<ConnectOptions>({ keepAliveMs: KEEP_ALIVE_MS }, options.connect);
    this.#connectOptionsKey = connectOptionsKey(this.#connectOptions);
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#observe = options.observe;
    this.#dial = options.dial ?? connect;
    const deadlines = new Deadlines(options.clock ?? { ...systemClock, now: nowMs });
    this.#settings = {
      limits: options.limits ?? {},
      leniency: options.leniency ?? STRICT,
      deadlines,
      headTimeoutMs: options.headTimeoutMs ?? 30_000,
      bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000,
      writeTimeoutMs: options.writeTimeoutMs ?? 30_000,
      idleTimeoutMs: options.idleTimeoutMs ?? 4_000,
    };
    this.#pool = new Pool({
      maxConnectionsPerOrigin: options.maxConnectionsPerOrigin ?? 8,
      maxQueued: options.maxQueued ?? 1000,
      queueTimeoutMs: options.queueTimeoutMs ?? 30_000,
      deadlines,
    });
  }

  /**
   * Sends a request and resolves with the head of the response; its content is read from there. Redirects are not
   * followed, and a status of 400 and above is no error.
   *
   * @throws {TransportError} when it could not be sent, or not be answered.
   * @throws {ProtocolError} blame "local": the request breaks a rule and was not sent; "remote": the response does.
   */
  async request(given: RequestInput): Promise<ClientResponse> {
    const input = ownOptions(given);
    const startedAt = this.#settings.deadlines.clock.now();
    const request = outgoingRequest(input, this.#parse(input.url));
    const response = await this.#ask(request, input, startedAt);
    if (response.status !== 417 || !request.awaitsContinue || !(request.content instanceof Uint8Array)) {
      return response;
    }
    // RFC 9110 §10.1.1: who does not know the expectation is asked again without it.
    response.discard();
    return this.#ask(withoutExpectation(request), input, startedAt);
  }

  /** One answer, within the time that is left of the request's. */
  async #ask(request: OutgoingRequest, input: RequestInput, startedAt: number): Promise<ClientResponse> {
    const { signal, timeoutMs, onInformational } = input;
    const { clock } = this.#settings.deadlines;
    const timed = signal !== undefined || timeoutMs !== undefined;
    const start: ExchangeStart = {
      startedAt,
      options: { decode: input.decode ? decodedContent : undefined, maxBodyBytes: this.#maxBodyBytes },
      cancellation: timed ? new Cancellation(signal, timeoutMs, clock, clock.now() - startedAt) : undefined,
      onInformational,
    };
    try {
      return await this.#exchange(request, input.connect, start);
    } catch (error) {
      start.cancellation?.dispose();
      // A stream may hold a file, and nobody may have begun to read it.
      if (request.content !== undefined && !(request.content instanceof Uint8Array))
        void discard(request.content);
      throw error;
    }
  }

  /** Ends the free connections and aborts those in use. Resolves when we are done with all. */
  async close(): Promise<void> {
    this.#closed ??= new TransportError("POOL_CLOSED", "connect", "the client is closed");
    this.#pool.close(this.#closed);
    for (const controller of this.#connecting) controller.abort(this.#closed);
    await Promise.all([...this.#connections].map((connection) => connection.over));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #exchange(
    request: OutgoingRequest,
    own: ConnectOptions | undefined,
    start: ExchangeStart,
  ): Promise<ClientResponse> {
    const options = own === undefined ? this.#connectOptions : ownOptions(this.#connectOptions, own);
    const optionsKey = own === undefined ? this.#connectOptionsKey : connectOptionsKey(options);
    const key = connectionKey(request.url, optionsKey);
    const connection = await this.#connection(key, request, options, start.cancellation);
    const reused = connection.exchanges > 0;
    try {
      return await connection.exchange(request, start);
    } catch (error) {
      if (!reused || !request.repeatable || !lostBeforeResponse(error)) throw error;
    }
    // The server ended the connection just as we used it. Nobody can tell that from a request that was received,
    // so only what does no harm twice is sent twice, and only once (RFC 9112 §9.3.1).
    this.#pool.endFree(key);
    return (await this.#connection(key, request, options, start.cancellation)).exchange(request, start);
  }

  async #connection(
    key: string,
    request: OutgoingRequest,
    options: ConnectOptions,
    cancellation: Cancellation | undefined,
  ): Promise<ClientConnection> {
    for (;;) {
      cancellation?.throwIfCancelled();
      const acquired = await this.#pool.acquire(key, cancellation);
      if (acquired === undefined) return this.#open(key, request, options, cancellation);
      await this.#afterPoll();
      if (acquired.usable) return acquired;
    }
  }

  /**
   * Before a connection is used again, all that the kernel holds for us is read: bytes that came unasked would be taken
   * for the answer (CVE-2026-48931), and an end that came already for one without an answer.
   *
   * What is left is a race nobody can win: HTTP/1.1 has no mark that tells an answer from bytes that arrive between
   * this look and the moment the server reads our request. We look as late as we can: from the poll to the write
   * runs only what other connections do in the same turn. Who cannot live with it sets `idleTimeoutMs: 0`.
   */
  #afterPoll(): Promise<void> {
    return new Promise((resolve) => this.#settings.deadlines.clock.afterPoll(resolve));
  }

  async #open(
    key: string,
    request: OutgoingRequest,
    options: ConnectOptions,
    cancellation: Cancellation | undefined,
  ): Promise<ClientConnection> {
    const controller = new AbortController();
    this.#connecting.add(controller);
    try {
      if (this.#closed !== undefined) throw this.#closed;
      encodeHead(request.head); // what cannot be sent shall not cost a connection
      cancellation?.onCancel((error) => controller.abort(error));
      const observer = this.#observe?.("client");
      const watched = { signal: controller.signal, ...(observer !== undefined && { observer }) };
      const tcp = await this.#dial(ownOptions(addressed(options, request.url), watched));
      if (controller.signal.aborted) {
        // Too late for the way to connect to know of it, and too early for the pool.
        tcp.abort(controller.signal.reason);
        throw controller.signal.reason;
      }
      const connection = new ClientConnection(tcp, observer, this.#settings, {
        onFree: (free) => this.#pool.release(free),
        onGone: (gone) => this.#pool.remove(gone),
      });
      this.#connections.add(connection);
      void tcp.closed.then(() => this.#connections.delete(connection));
      this.#pool.add(key, connection);
      return connection;
    } catch (error) {
      this.#pool.giveBack(key);
      // Our own reason to stop says more than the connection's.
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      this.#connecting.delete(controller);
      cancellation?.onCancel(undefined);
    }
  }

  #parse(input: string | URL): RequestUrl {
    if (typeof input !== "string") return parseRequestUrl(input);
    if (this.#lastUrl?.text !== input) this.#lastUrl = { text: input, url: parseRequestUrl(input) };
    return this.#lastUrl.url;
  }
}

/** Where the URL leads, unless the options lead elsewhere; the identity to verify is the URL's in any case. */
function addressed(options: ConnectOptions, url: RequestUrl): ConnectOptions {
  const { tls, ...rest } = options;
  const { path, host = url.host, port = url.port } = options;
  const place = path === undefined ? { host, port } : {};
  // The scheme alone decides about TLS, whatever the port or the options say.
  if (!url.secure) return ownOptions<ConnectOptions>(rest, place);
  const given = typeof tls === "object" ? tls : {};
  const verified = { alpn: ["http/1.1"], servername: url.host };
  return ownOptions<ConnectOptions>(rest, place, { tls: ownOptions<TlsOptions>(verified, given) });
}

const LOST = new Set<string>(["PEER_CLOSED_BEFORE_RESPONSE", "PEER_RESET", "WRITE_FAILED"]);

function lostBeforeResponse(error: unknown): boolean {
  return (
    error instanceof TransportError &&
    LOST.has(error.code) &&
    error.phase !== "body" &&
    error.bytesReceived === 0
  );
}

function withoutExpectation(request: OutgoingRequest): OutgoingRequest {
  const head = { ...request.head, fields: request.head.fields.without("expect") };
  return { ...request, head, awaitsContinue: false };
}
