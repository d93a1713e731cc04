import { latin1 } from "../bytes/text.ts";
import { Http1Connection } from "../http1/connection.ts";
import { ProtocolError } from "../http1/errors.ts";
import { NEED_DATA, PAUSED, type RequestHead } from "../http1/events.ts";
import { Fields } from "../http1/fields.ts";
import type { Rule } from "../http1/observer.ts";
import { otherRole, type Role } from "../http1/state.ts";
import type { BytesRecord, Direction, SpanRecord, TraceRecord, TransitionRecord } from "./record.ts";

/*
 * Files of other kinds hold bytes, and no grammar. Here the grammar of HTTP reads the bytes again, and gives the spans
 * and the ends of messages that a recorder would have told.
 */

/** One direction of one end, read by the other role's grammar. */
interface Reader {
  readonly http1: Http1Connection;
  /** Where the first byte is in the stream of the connection. */
  readonly base: number;
  /** Bytes so far. */
  received: number;
  /** The bytes are something else, or break a rule: nothing more is read. */
  over: boolean;
  /** Told spans wait until the first start-line is complete: "hello world" begins like a request. */
  isHttp: boolean;
  found: Found[];
  /** A rule was broken, and that was not told yet. */
  fault: boolean;
}

type Found =
  | { readonly rule: Rule; readonly start: number; readonly end: number }
  | { readonly cause: "end" | "switch-accepted" };

interface End {
  requests: Reader;
  responses: Reader;
  /** Methods of requests whose response has not come. */
  methods: string[];
  /** Both sides have switched: what is not HTTP again is a tunnel. */
  switched: boolean;
}

/** A request waits for its response: more than this is no HTTP of anybody. */
const MAX_UNANSWERED = 10_000;
/** What a client sends before it knows whether the server switches. */
const MAX_EARLY_BYTES = 1024 * 1024;

/** Adds spans and transitions to records of bytes. */
export class GrammarReader {
  readonly #pass: (record: TraceRecord) => void;
  readonly #ends = new Map<number, End>();

  /** @param pass called with each record, and with the spans of its bytes: before what was sent, behind what was read. */
  constructor(pass: (record: TraceRecord) => void) {
    this.#pass = pass;
  }

  /** Takes the next record: of bytes, or of a connection. */
  add(record: TraceRecord): void {
    if (record.type !== "bytes") {
      if (record.type === "connection") {
        if (record.event.kind === "dropped") this.#gap(record, record.event);
        this.#event(record.connection, record.event.kind, record);
      }
      this.#pass(record);
      return;
    }
    const end = this.#ends.get(record.connection) ?? newEnd();
    this.#ends.set(record.connection, end);
    const isRequest = (record.role === "client") === (record.direction === "out");
    const reader = isRequest ? end.requests : end.responses;
    read(end, isRequest, record.bytes);
    if (record.direction === "in") this.#pass(record);
    this.#tell(record, reader);
    const now = isRequest ? end.requests : end.responses;
    if (now !== reader) this.#tell(record, now);
    if (record.direction === "out") this.#pass(record);
    this.#tellFault(record, now);
  }

  /** Bytes are missing: what comes next is read as if a message began there, and left alone if none does. */
  #gap(
    { connection, role }: TraceRecord,
    { bytesIn, bytesOut }: { bytesIn: number; bytesOut: number },
  ): void {
    const end = this.#ends.get(connection);
    if (end === undefined || bytesIn + bytesOut === 0) return;
    const [asked, answered] = role === "client" ? [bytesOut, bytesIn] : [bytesIn, bytesOut];
    end.requests = newReader("server", end.requests.base + end.requests.received + asked);
    end.responses = newReader("client", end.responses.base + end.responses.received + answered);
    end.methods = [];
  }

  #event(connection: number, kind: string, record: TraceRecord): void {
    const end = this.#ends.get(connection);
    if (end === undefined) return;
    if (kind === "closed") this.#ends.delete(connection);
    // A close-delimited response ends here.
    if (kind !== (record.role === "client" ? "peer-end" : "end")) return;
    const { responses } = end;
    if (responses.over) return;
    readOn(
      responses,
      () => responses.http1.receiveEnd(),
      () => false,
    );
    const direction = record.role === "client" ? "in" : "out";
    this.#tell({ ...record, direction }, responses);
    this.#tellFault({ ...record, direction }, responses);
  }

  #tell({ v, t, connection, role, direction }: Place, reader: Reader): void {
    if (!reader.isHttp) return;
    const common = { v, t, connection, role };
    for (const found of reader.found.splice(0)) {
      if ("rule" in found) this.#pass({ ...common, type: "span", direction, ...found } satisfies SpanRecord);
      else {
        const to = found.cause === "end" ? "done" : "switched";
        this.#pass(transition(common, direction, { from: "send-body", to, cause: found.cause }));
      }
    }
  }

  /** The bytes come first, whether they were sent or read: so the explanation has them when it tells of the fault. */
  #tellFault({ v, t, connection, role, direction }: Place, reader: Reader): void {
    if (!reader.fault || !reader.isHttp) return;
    reader.fault = false;
    const common = { v, t, connection, role };
    this.#pass(transition(common, direction, { from: "idle", to: "error", cause: "error" }));
  }
}

type Place = Pick<BytesRecord, "v" | "t" | "connection" | "role" | "direction">;

function transition(
  common: Pick<TraceRecord, "v" | "t" | "connection" | "role">,
  direction: Direction,
  move: Pick<TransitionRecord, "from" | "to" | "cause">,
): TransitionRecord {
  const side: Role = direction === "out" ? common.role : otherRole(common.role);
  return { ...common, type: "transition", side, ...move };
}

function newEnd(): End {
  return {
    requests: newReader("server", 0),
    responses: newReader("client", 0),
    methods: [],
    switched: false,
  };
}

function newReader(role: Role, base: number): Reader {
  const reader: Reader = {
    http1: new Http1Connection({
      role,
      // The recorded end may be a proxy. What is ambiguous in the bytes is told elsewhere.
      proxy: true,
      observer: {
        span: (direction, rule, start, end) => {
          if (direction === "in") reader.found.push({ rule, start: base + start, end: base + end });
        },
      },
    }),
    base,
    received: 0,
    over: false,
    isHttp: false,
    found: [],
    fault: false,
  };
  return reader;
}

function read(end: End, isRequest: boolean, bytes: Uint8Array): void {
  const reader = isRequest ? end.requests : end.responses;
  const start = reader.base + reader.received;
  reader.received += bytes.length;
  const begins = !reader.isHttp && reader.found.length === 0 && reader.http1.bufferedBytes === 0;
  if (begins && !mayBegin(bytes, isRequest)) reader.over = true;
  if (reader.over) {
    if (end.switched) inTunnel(reader, start, start + bytes.length);
  } else if (isRequest) readRequests(end, bytes);
  else readResponses(end, bytes);
}

function inTunnel(reader: Reader, start: number, end: number): void {
  reader.isHttp = true;
  reader.found.push({ rule: "tunnel", start, end });
}

function readRequests(end: End, bytes: Uint8Array | undefined): void {
  const { requests: reader, methods } = end;
  readOn(
    reader,
    () => bytes && reader.http1.receive(bytes),
    () => answer(reader.http1),
    (head) => {
      if (methods.length < MAX_UNANSWERED) methods.push(head.method);
    },
  );
  if (reader.http1.bufferedBytes > MAX_EARLY_BYTES) reader.over = true;
}

function readResponses(end: End, bytes: Uint8Array): void {
  const { responses: reader, methods } = end;
  if (reader.http1.ourState === "idle") ask(reader.http1, methods.shift());
  readOn(
    reader,
    () => reader.http1.receive(bytes),
    () => askNext(reader.http1, methods),
    () => {},
    () => decide(end),
  );
}

/** The response to a request that asked for another protocol: only now it is known what follows the request. */
function decide(end: End): void {
  const { requests, responses } = end;
  if (responses.http1.peerState === "switched") switchBoth(end);
  else if (requests.http1.peerState === "might-switch" && answer(requests.http1, true))
    readRequests(end, undefined);
}

/** From here on the bytes of both directions are another protocol, or HTTP again, to a server behind a proxy. */
function switchBoth(end: End): void {
  const { requests, responses } = end;
  end.switched = true;
  end.methods = [];
  responses.found.push({ cause: "switch-accepted" });
  end.requests = follow(requests, "server");
  end.responses = follow(responses, "client");
  for (const [before, isRequest] of [
    [requests, true],
    [responses, false],
  ] as const) {
    const early = before.http1.takeLeftover();
    if (early.length > 0) read(end, isRequest, early);
  }
}

const follow = (before: Reader, role: Role): Reader =>
  newReader(role, before.base + before.received - before.http1.bufferedBytes);

/** A request begins with a method, a response with its version. */
function mayBegin(bytes: Uint8Array, isRequest: boolean): boolean {
  const front = latin1(bytes, 0, Math.min(bytes.length, 24));
  return isRequest
    ? /^(?:\r?\n)*[!#$%&'*+.^`|~\w-]*(?: |$)/.test(front)
    : "HTTP/1.".startsWith(front.slice(0, 7));
}

/** @param onPause starts the next message, and returns false if there cannot be one. */
function readOn(
  reader: Reader,
  receive: () => void,
  onPause: () => boolean,
  onRequest: (head: RequestHead) => void = () => {},
  onResponse: () => void = () => {},
): void {
  const { http1 } = reader;
  try {
    receive();
    for (;;) {
      const event = http1.nextEvent();
      if (event === NEED_DATA || event === PAUSED) {
        if (event === PAUSED && onPause()) continue;
        return;
      }
      if (event.type === "request") onRequest(event);
      if (event.type === "request" || event.type === "response") reader.isHttp = true;
      if (event.type === "response") onResponse();
      if (event.type === "closed") {
        reader.over = true;
        return;
      }
      if (event.type !== "end") continue;
      reader.found.push({ cause: "end" });
      if (!onPause() && http1.bufferedBytes === 0) return;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    reader.over = true; // The bytes stay, without a rule.
    reader.fault = true;
    // Who names the version of HTTP means HTTP, even if the first head breaks a rule.
    reader.isHttp ||= reader.found.some((found) => "rule" in found && found.rule === "HTTP-version");
    if (!reader.isHttp) reader.found = [];
  }
}

/** Answers the request, so that the next one may be read. */
function answer(http1: Http1Connection, refuses = false): boolean {
  const done = http1.peerState === "done" || (refuses && http1.peerState === "might-switch");
  if (!done || http1.ourState !== "send-response") return false;
  const fields = new Fields(["Content-Length", "0"]);
  http1.send({ type: "response", status: refuses ? 400 : 200, reason: "", version: "1.1", fields });
  http1.send({ type: "end", trailers: new Fields() });
  http1.startNextCycle();
  return true;
}

/** Asks so that a response may come. A response may switch to any protocol: this request asks for it. */
function ask(http1: Http1Connection, method = "GET"): void {
  const target = method === "CONNECT" ? "host:443" : "/";
  const fields = new Fields(["Host", "host", "Connection", "upgrade", "Upgrade", "any"]);
  http1.send({ type: "request", method, target, version: "1.1", fields });
  http1.send({ type: "end", trailers: new Fields() });
}

function askNext(http1: Http1Connection, methods: string[]): boolean {
  if (http1.ourState !== "done" || http1.peerState !== "done") return false;
  http1.startNextCycle();
  if (http1.bufferedBytes > 0) ask(http1, methods.shift());
  return http1.bufferedBytes > 0;
}
