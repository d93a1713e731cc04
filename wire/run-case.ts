import assert from "node:assert/strict";
import { latin1 } from "../src/bytes/text.ts";
import { Http1Connection } from "../src/http1/connection.ts";
import { ProtocolError } from "../src/http1/errors.ts";
import { type HttpEvent, NEED_DATA, PAUSED } from "../src/http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../src/http1/fields.ts";
import type { Rule } from "../src/http1/observer.ts";
import type { WireCase } from "./case.ts";

export interface Span {
  readonly rule: Rule;
  readonly start: number;
  end: number;
}

/** All that can be seen of one run; equal however the bytes were cut. */
export interface Trace {
  /** Lines as a case has them, with the offset behind every error. */
  readonly lines: string[];
  readonly spans: Span[];
  /** So many bytes are read: the spans have to tile them. */
  readonly read: number;
  readonly errorMessage: string | undefined;
}

/** Rules whose bytes may be reported in pieces. */
const IN_PIECES: ReadonlySet<Rule> = new Set(["content", "chunk-data", "close-delimited", "tunnel"]);

/** Gives a connection the pieces one after the other, and says all it says. */
export function runCase(wire: WireCase, pieces: Iterable<Uint8Array>, observed: boolean): Trace {
  return new Run(wire, observed).all(pieces);
}

class Run {
  readonly #wire: WireCase;
  readonly #connection: Http1Connection;
  readonly #methods: string[];
  readonly #lines: string[] = [];
  readonly #spans: Span[] = [];
  #content: string | undefined;
  #leftover = "";
  #received = 0;
  #inMessage = false;
  #method = "";
  #error: ProtocolError | undefined;

  constructor(wire: WireCase, observed: boolean) {
    this.#wire = wire;
    this.#methods = [...wire.methods];
    const { leniency, limits } = wire;
    const role = wire.reads === "request" ? "server" : "client";
    const span = (direction: "in" | "out", rule: Rule, start: number, end: number) => {
      if (direction === "in") this.#addSpan(rule, start, end);
    };
    this.#connection = new Http1Connection({
      role,
      limits,
      leniency,
      observer: observed ? { span } : undefined,
    });
    if (role === "client") this.#ask();
  }

  all(pieces: Iterable<Uint8Array>): Trace {
    let memory = new Uint8Array(0);
    for (const piece of pieces) {
      // The same memory for every piece, and spoiled in between: nothing may be read from it later.
      if (memory.length < piece.length) memory = new Uint8Array(piece.length);
      memory.set(piece);
      this.#received += piece.length;
      this.#connection.receive(memory.subarray(0, piece.length));
      this.#readEvents();
      if (this.#error !== undefined) return this.#trace();
      memory.fill(0x21);
    }
    if (this.#wire.closes) {
      this.#connection.receiveEnd();
      this.#readEvents();
    }
    return this.#trace();
  }

  #readEvents(): void {
    const connection = this.#connection;
    for (;;) {
      try {
        const event = connection.nextEvent();
        if (event === PAUSED) {
          const leftover = connection.takeLeftover();
          if (leftover.length === 0) return;
          this.#leftover += latin1(leftover);
        } else if (event === NEED_DATA) {
          return;
        } else {
          this.#add(event);
          if (event.type === "closed") return;
        }
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `not a ProtocolError: ${error}`);
        assert.equal(error.blame, "remote");
        assert.equal(connection.peerState, "error");
        assert.equal(thrownAgain(connection), error, "the same error from then on");
        this.#error = error;
        return;
      }
    }
  }

  #add(event: HttpEvent): void {
    if (event.type === "data") {
      this.#content = (this.#content ?? "") + latin1(event.bytes);
      return;
    }
    this.#flush();
    switch (event.type) {
      case "request":
        this.#inMessage = true;
        this.#method = event.method;
        this.#lines.push(`request ${event.method} ${event.target} HTTP/${event.version}`);
        this.#addFields("field", event.fields);
        break;
      case "informational":
      case "response":
        this.#inMessage = event.type === "informational" || this.#connection.peerState !== "switched";
        this.#lines.push(`${event.type} HTTP/${event.version} ${event.status} ${event.reason}`.trimEnd());
        this.#addFields("field", event.fields);
        break;
      case "end":
        this.#inMessage = false;
        this.#lines.push("end");
        this.#addFields("trailer", event.trailers);
        this.#nextCycle();
        break;
      case "closed":
        this.#lines.push("closed");
        break;
      default:
        event satisfies never;
    }
  }

  #addFields(word: string, fields: Fields): void {
    for (const [name, value] of fields)
      this.#lines.push(value === "" ? `${word} ${name}:` : `${word} ${name}: ${value}`);
  }

  #nextCycle(): void {
    const connection = this.#connection;
    if (connection.role === "server") this.#answer();
    if (connection.ourState !== "done" || connection.peerState !== "done") return;
    connection.startNextCycle();
    if (connection.role === "client") this.#ask();
  }

  #ask(): void {
    const method = this.#methods.shift();
    if (method === undefined) return;
    const target = method === "CONNECT" ? "a:443" : "/";
    const fields = new Fields([
      "Host",
      "a",
      ...(this.#wire.upgrade ? ["Connection", "upgrade", "Upgrade", "x"] : []),
    ]);
    this.#connection.send({ type: "request", method, target, version: "1.1", fields });
    this.#connection.send({ type: "end", trailers: EMPTY_FIELDS });
    this.#inMessage = true;
  }

  #answer(): void {
    const connection = this.#connection;
    const status = this.#wire.answer;
    const switches = status === 101 || (this.#method === "CONNECT" && status < 300);
    const fields = new Fields(switches ? [] : ["Content-Length", "0"]);
    connection.send({ type: "response", status, reason: "", version: "1.1", fields });
    if (!switches) connection.send({ type: "end", trailers: EMPTY_FIELDS });
  }

  #flush(): void {
    if (this.#content === undefined) return;
    this.#lines.push(`data "${this.#content}"`);
    this.#content = undefined;
  }

  #addSpan(rule: Rule, start: number, end: number): void {
    const last = this.#spans.at(-1);
    if (last?.rule === rule && last.end === start && IN_PIECES.has(rule)) last.end = end;
    else this.#spans.push({ rule, start, end });
  }

  #trace(): Trace {
    const error = this.#error;
    const { bufferedBytes } = this.#connection;
    this.#flush();
    if (this.#leftover !== "") this.#lines.push(`leftover "${this.#leftover}"`);
    if (error !== undefined) {
      const status = this.#wire.reads === "request" ? ` ${error.statusHint}` : "";
      this.#lines.push(`error ${error.code}${status} at ${error.offset}`);
    } else if (this.#lines.at(-1) !== "closed" && (this.#inMessage || bufferedBytes > 0)) {
      this.#lines.push("NEED_DATA");
    }
    return {
      lines: this.#lines,
      spans: this.#spans,
      read: error?.offset ?? this.#received - bufferedBytes,
      errorMessage: error?.message,
    };
  }
}

function thrownAgain(connection: Http1Connection): unknown {
  try {
    return connection.nextEvent();
  } catch (error) {
    return error;
  }
}
