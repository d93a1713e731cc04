import { joined } from "../../bytes/copy.ts";
import { latin1Bytes, utf8Bytes } from "../../bytes/text.ts";
import { spansOfHead } from "../../http1/fast/spans-of-head.ts";
import type { Rule } from "../../http1/observer.ts";
import { otherRole, type Role } from "../../http1/state.ts";
import type { Address } from "../../tcp/address.ts";
import { type ConnectionRecord, type Direction, TRACE_VERSION, type TraceRecord } from "../record.ts";

type Json = Readonly<Record<string, unknown>>;

/** What is known of a connection of the file. */
interface Connection {
  readonly number: number;
  readonly role: Role;
  readonly offsets: Record<Direction, number>;
}

/** A message as bytes, with the rules that they follow: the head, and what is behind it. */
interface Message {
  readonly head: Uint8Array;
  readonly body: readonly (readonly [rule: Rule, bytes: Uint8Array])[];
}

/** Makes records from entries of a HAR. */
export class EntryReader {
  readonly #pass: (record: TraceRecord) => void;
  readonly #connections = new Map<string, Connection>();
  #entries = 0;
  #beganMs: number | undefined;

  constructor(pass: (record: TraceRecord) => void) {
    this.#pass = pass;
  }

  /** @throws {SyntaxError} this is no entry of a HAR. */
  add(entry: unknown): void {
    this.#entries++;
    try {
      this.#read(objectOf(entry));
    } catch (error) {
      throw new SyntaxError(`entry ${this.#entries} of the HAR cannot be read: ${(error as Error).message}`);
    }
  }

  #read(entry: Json): void {
    const startedMs = Date.parse(textOf(entry.startedDateTime));
    if (Number.isNaN(startedMs)) throw new SyntaxError("startedDateTime is no time");
    this.#beganMs ??= startedMs;
    const times = timesOf(objectOf(entry.timings), (startedMs - this.#beganMs) * 1e6);
    if (!(times.endNs <= Number.MAX_SAFE_INTEGER)) throw new SyntaxError("its timings are beyond 104 days");
    const request = objectOf(entry.request);
    const response = objectOf(entry.response);
    const connection = this.#connection(entry, request, times);
    const complete = entry._incomplete === undefined;
    const asks = connection.role === "client" ? "out" : "in";
    if (textOf(request.method) !== "")
      this.#message(connection, asks, requestOf(request), times.requestNs, times.sentNs, true);
    if (response.status !== 0)
      this.#message(
        connection,
        asks === "out" ? "in" : "out",
        responseOf(response, complete),
        times.responseNs,
        times.endNs,
        complete,
      );
  }

  #connection(entry: Json, request: Json, times: Times): Connection {
    const role: Role = entry._role === "server" ? "server" : "client";
    const name = `${role} ${nameOf(entry, textOf(request.url)) ?? `entry ${this.#entries}`}`;
    const known = this.#connections.get(name);
    if (known !== undefined) return known;
    const connection = { number: this.#connections.size + 1, role, offsets: { in: 0, out: 0 } };
    this.#connections.set(name, connection);
    const url =
      /^[a-z]+:\/\/(?:[^/?#@]*@)?(?:\[([^\]]*)\]|([^/:?#]*))(?::(\d+))?/i.exec(textOf(request.url)) ?? [];
    const port = Number(url[3] ?? (/^https/i.test(textOf(request.url)) ? 443 : 80));
    const server =
      addressIn(entry[role === "client" ? "_remote" : "_local"]) ?? ip(textOf(entry.serverIPAddress), port);
    const client =
      addressIn(entry[role === "client" ? "_local" : "_remote"]) ?? ip("0.0.0.0", this.#connections.size);
    const [local, remote] = role === "client" ? [client, server] : [server, client];
    if (role === "client") this.#event(connection, { kind: "attempt", remote }, times.startNs);
    this.#event(
      connection,
      { kind: role === "client" ? "connected" : "accepted", local, remote },
      times.connectedNs,
    );
    const tls = entry._tls === undefined ? undefined : objectOf(entry._tls);
    if (tls !== undefined)
      this.#event(
        connection,
        { kind: "tls", protocol: textOf(tls.protocol), cipher: textOf(tls.cipher), alpn: undefined },
        times.connectedNs,
      );
    return connection;
  }

  #event({ number, role }: Connection, event: ConnectionRecord["event"], t: number): void {
    const at = new Date((this.#beganMs ?? 0) + t / 1e6).toISOString();
    const begins = event.kind !== "tls";
    this.#pass({
      v: TRACE_VERSION,
      t,
      connection: number,
      role,
      type: "connection",
      event,
      ...(begins && { at }),
    });
  }

  #message(
    { number, role, offsets }: Connection,
    direction: Direction,
    { head, body }: Message,
    startNs: number,
    endNs: number,
    complete: boolean,
  ): void {
    const common = { v: TRACE_VERSION, connection: number, role } as const;
    const start = offsets[direction];
    const isRequest = (role === "client") === (direction === "out");
    const rest = joined(body.map(([, bytes]) => bytes));
    // The recorder tells what is sent after its spans, and what is received before them.
    const add = (t: number, offset: number, bytes: Uint8Array, rules: readonly TraceRecord[]) => {
      const record: TraceRecord = { ...common, t, type: "bytes", direction, offset, bytes };
      const some = bytes.length === 0 ? [] : [record];
      for (const each of direction === "in" ? [...some, ...rules] : [...rules, ...some]) this.#pass(each);
    };
    const spanAt = (t: number) => (rule: Rule, from: number, to: number) =>
      ({ ...common, t, type: "span", direction, rule, start: from, end: to }) satisfies TraceRecord;
    const ofHead: TraceRecord[] = [];
    spansOfHead(isRequest ? "request" : "response", head, start, (...span) =>
      ofHead.push(spanAt(startNs)(...span)),
    );
    const ofBody: TraceRecord[] = [];
    let at = start + head.length;
    for (const [rule, { length }] of body) {
      ofBody.push(spanAt(endNs)(rule, at, at + length));
      at += length;
    }
    if (complete) {
      const side = direction === "out" ? role : otherRole(role);
      ofBody.push({
        ...common,
        t: endNs,
        type: "transition",
        side,
        from: "send-body",
        to: "done",
        cause: "end",
      });
    }
    if (startNs === endNs) add(startNs, start, joined([head, rest]), [...ofHead, ...ofBody]);
    else {
      add(startNs, start, head, ofHead);
      add(endNs, start + head.length, rest, ofBody);
    }
    offsets[direction] = at;
  }
}

/** What the entries of one connection have in common. Browsers have the server's port in `connection`: not enough. */
function nameOf(entry: Json, url: string): string | undefined {
  if (entry._connectionId !== undefined) return `id ${textOf(entry._connectionId)}`;
  if (entry.connection === undefined) return undefined;
  const [origin = ""] = /^[a-z]+:\/\/[^/?#]*/i.exec(url) ?? [];
  return `${origin} ${textOf(entry.connection)}`;
}

interface Times {
  readonly startNs: number;
  readonly connectedNs: number;
  readonly requestNs: number;
  readonly sentNs: number;
  readonly responseNs: number;
  readonly endNs: number;
}

function timesOf(timings: Json, startNs: number): Times {
  const ns = (name: string) => Math.max(typeof timings[name] === "number" ? timings[name] : 0, 0) * 1e6;
  const connectedNs = startNs + ns("dns") + ns("connect");
  const requestNs = connectedNs + ns("blocked");
  const sentNs = requestNs + ns("send");
  const responseNs = sentNs + ns("wait");
  return { startNs, connectedNs, requestNs, sentNs, responseNs, endNs: responseNs + ns("receive") };
}

function requestOf(request: Json): Message {
  const target = typeof request._target === "string" ? request._target : targetOf(textOf(request.url));
  const post = request.postData === undefined ? {} : objectOf(request.postData);
  const content =
    typeof post._base64 === "string" ? latin1Bytes(atob(post._base64)) : utf8Bytes(textOf(post.text));
  return messageOf(`${textOf(request.method)} ${target} ${versionOf(request)}`, request, content);
}

function responseOf(response: Json, complete: boolean): Message {
  const { text = "", encoding } = objectOf(response.content) as { text?: unknown; encoding?: unknown };
  const content = encoding === "base64" ? latin1Bytes(atob(textOf(text))) : utf8Bytes(textOf(text));
  return messageOf(
    `${versionOf(response)} ${String(response.status)} ${textOf(response.statusText)}`,
    response,
    content,
    complete,
  );
}

function messageOf(startLine: string, message: Json, content: Uint8Array, complete = true): Message {
  // HTTP/2 has pseudo-header fields, which are no field lines.
  const fields = listOf(message.headers).filter(([name]) => !name.startsWith(":"));
  const head = latin1Bytes(
    `${startLine}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
  );
  const chunked = fields.some(
    ([name, value]) => name.toLowerCase() === "transfer-encoding" && /chunked/i.test(value),
  );
  if (!chunked) return { head, body: content.length === 0 ? [] : [["content", content]] };
  const crlf = ["CRLF", latin1Bytes("\r\n")] as const;
  const chunk = [
    ["chunk-size", latin1Bytes(content.length.toString(16))],
    crlf,
    ["chunk-data", content],
    crlf,
  ] as const;
  const trailers = listOf(message._trailers ?? []).flatMap(([name, value]) => [
    ["field-name", latin1Bytes(name)] as const,
    ["colon", latin1Bytes(":")] as const,
    ["OWS", latin1Bytes(" ")] as const,
    ["field-value", latin1Bytes(value)] as const,
    crlf,
  ]);
  const last = [
    ["last-chunk", latin1Bytes("0")],
    crlf,
    ...trailers,
    ["empty-line", latin1Bytes("\r\n")],
  ] as const;
  const chunks = content.length === 0 ? [] : chunk;
  return { head, body: complete ? [...chunks, ...last] : chunks };
}

const versionOf = ({ httpVersion }: Json): string =>
  /^HTTP\/\d\.\d$/.test(textOf(httpVersion)) ? textOf(httpVersion) : "HTTP/1.1";

const targetOf = (url: string): string => /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] || "/";

/** `127.0.0.1:80`, `[::1]:80`, or the path of a Unix socket. */
function addressIn(value: unknown): Address | undefined {
  if (typeof value !== "string") return undefined;
  const [, ipv6, ipv4, port] = /^(?:\[([0-9a-f:.%\w]+)\]|([\d.]+)):(\d+)$/i.exec(value) ?? [];
  if (port !== undefined) return ip(ipv6 ?? ipv4 ?? "", Number(port));
  return { family: "unix", path: value.startsWith("(") ? "" : value };
}

function ip(host: string, port: number): Address {
  const bare = host.replace(/^\[|\]$/g, "");
  return { family: bare.includes(":") ? "IPv6" : "IPv4", host: bare || "0.0.0.0", port };
}

function objectOf(value: unknown): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new SyntaxError("an object is missing");
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const listOf = (value: unknown): (readonly [name: string, value: string])[] =>
  Array.isArray(value)
    ? value.map(objectOf).map(({ name, value: text }) => [textOf(name), textOf(text)] as const)
    : [];
