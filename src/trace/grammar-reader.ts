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
  | { readonly cause: "end" };

interface End {
  readonly requests: Reader;
  readonly responses: Reader;
  /** Methods of requests whose response has not come. */
  readonly methods: string[];
}

/** A request waits for its response: more than this is no HTTP of anybody. */
const MAX_UNANSWERED = 10_000;

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
      if (record.type === "connection") this.#event(record.connection, record.event.kind, record);
      this.#pass(record);
      return;
    }
    const end = this.#ends.get(record.connection) ?? newEnd();
    this.#ends.set(record.connection, end);
    const isRequest = (record.role === "client") === (record.direction === "out");
    read(end, isRequest, record.bytes);
    const reader = isRequest ? end.requests : end.responses;
    if (record.direction === "in") this.#pass(record);
    this.#tell(record, reader);
    if (record.direction === "out") this.#pass(record);
    this.#tellFault(record, reader);
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
      else this.#pass(transition(common, direction, { from: "send-body", to: "done", cause: "end" }));
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
  return { requests: newReader("server"), responses: newReader("client"), methods: [] };
}

function newReader(role: Role): Reader {
  const reader: Reader = {
    http1: new Http1Connection({
      role,
      // The recorded end may be a proxy. What is ambiguous in the bytes is told elsewhere.
      proxy: true,
      observer: {
        span: (direction, rule, start, end) => {
          if (direction === "in") reader.found.push({ rule, start, end });
        },
      },
    }),
    over: false,
    isHttp: false,
    found: [],
    fault: false,
  };
  return reader;
}

function read(end: End, isRequest: boolean, bytes: Uint8Array): void {
  const reader = isRequest ? end.requests : end.responses;
  if (reader.over) return;
  const begins = !reader.isHttp && reader.found.length === 0 && reader.http1.bufferedBytes === 0;
  if (begins && !mayBegin(bytes, isRequest)) {
    reader.over = true;
    return;
  }
  if (!isRequest && reader.http1.ourState === "idle") ask(reader.http1, end.methods.shift());
  readOn(
    reader,
    () => reader.http1.receive(bytes),
    () => (isRequest ? answer(reader.http1) : askNext(reader.http1, end.methods)),
    (head) => {
      if (end.methods.length < MAX_UNANSWERED) end.methods.push(head.method);
    },
  );
}

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
function answer(http1: Http1Connection): boolean {
  if (http1.peerState !== "done" || http1.ourState !== "send-response") return false;
  const fields = new Fields(["Content-Length", "0"]);
  http1.send({ type: "response", status: 200, reason: "OK", version: "1.1", fields });
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
