import { latin1, type TraceRecord } from "../../browser.ts";

type Role = TraceRecord["role"];
type Direction = "in" | "out";

/** A message as one end saw it. */
export interface Message {
  /** When its first byte was written or read, in nanoseconds. */
  readonly begun: number;
  /** When its last byte was; `undefined`: it is not complete. */
  ended: number | undefined;
  /** The first byte in the stream of the sender. */
  readonly start: number;
  /** The byte behind the last one that is known. */
  end: number;
  /** The method of a request, the status code of a response. */
  what: string;
  /** The request-target, or the reason phrase. */
  detail: string;
  readonly fields: [name: string, value: string][];
  /** Bytes of content. */
  contentBytes: number;
}

/** A request and its final response. */
export interface Exchange {
  request: Message | undefined;
  response: Message | undefined;
  /** Interim responses (1xx), in order. */
  readonly interim: Message[];
}

type Item =
  | { readonly type: "span"; readonly rule: string; readonly start: number; readonly end: number }
  | { readonly type: "end"; readonly at: number };

/** Finds the exchanges in the records of one end. Keeps the heads, not the contents. */
export class ExchangeReader {
  /** In the order of their requests. */
  readonly exchanges: Exchange[] = [];
  readonly #role: Role;
  readonly #flows: { readonly in: FlowReader; readonly out: FlowReader };
  /** How many responses have begun: the next one answers the exchange of this index. */
  #answered = 0;

  constructor(role: Role) {
    this.#role = role;
    const requests = new FlowReader("method", (message) => this.#request(message));
    const responses = new FlowReader("HTTP-version", (message) => this.#response(message));
    this.#flows = role === "client" ? { in: responses, out: requests } : { in: requests, out: responses };
  }

  /** Takes the next record of this end. */
  add(record: TraceRecord): void {
    switch (record.type) {
      case "bytes":
        this.#flows[record.direction].bytes(record.offset, record.bytes, record.t);
        break;
      case "span":
        this.#flows[record.direction].item(record, record.t);
        break;
      case "transition":
        if (record.cause === "end") this.#flows[directionOf(record.side, this.#role)].ended(record.t);
        break;
    }
  }

  #request(message: Message): void {
    this.exchanges.push({ request: message, response: undefined, interim: [] });
  }

  #response(message: Message): void {
    let exchange = this.exchanges[this.#answered];
    if (exchange === undefined) {
      // A server may answer a request that it could not read.
      exchange = { request: undefined, response: undefined, interim: [] };
      this.exchanges.push(exchange);
    }
    const status = Number(message.what);
    if (status >= 100 && status < 200 && status !== 101) {
      exchange.interim.push(message);
      return;
    }
    exchange.response = message;
    this.#answered++;
  }
}

const directionOf = (side: Role, role: Role): Direction => (side === role ? "out" : "in");

/**
 * The messages of one direction. What is sent is told before its bytes are, so everything waits until its bytes are
 * here.
 */
class FlowReader {
  /** The rule that a message begins with. */
  readonly #firstRule: "method" | "HTTP-version";
  /** Told of each message as soon as its start-line is known. */
  readonly #onMessage: (message: Message) => void;
  readonly #waiting: { readonly item: Item; readonly t: number }[] = [];
  readonly #bytes = new KeptBytes();
  /** Up to here there are spans. */
  #announced = 0;
  #message: Message | undefined;
  #name = "";

  constructor(firstRule: "method" | "HTTP-version", onMessage: (message: Message) => void) {
    this.#firstRule = firstRule;
    this.#onMessage = onMessage;
  }

  bytes(offset: number, bytes: Uint8Array, t: number): void {
    this.#bytes.add(offset, bytes);
    this.#settle(t);
  }

  item(item: Extract<Item, { type: "span" }>, t: number): void {
    this.#announced = item.end;
    this.#waiting.push({ item, t });
    this.#settle(t);
  }

  ended(t: number): void {
    this.#waiting.push({ item: { type: "end", at: this.#announced }, t });
    this.#settle(t);
  }

  #settle(t: number): void {
    const here = this.#bytes.end;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { item } = next;
      const until = item.type === "end" ? item.at : CONTENT.has(item.rule) ? 0 : item.end;
      if (until > here) break;
      this.#waiting.shift();
      if (item.type === "end") this.#end(item.at, Math.max(next.t, t));
      else this.#span(item.rule, item.start, item.end, t);
    }
    const needed = this.#waiting[0]?.item;
    const from = needed === undefined ? this.#announced : needed.type === "span" ? needed.start : needed.at;
    this.#bytes.dropUpTo(from);
  }

  #span(rule: string, start: number, end: number, t: number): void {
    if (rule === this.#firstRule) this.#begin(start, t);
    const message = this.#message;
    if (message === undefined) return;
    message.end = Math.max(message.end, end);
    if (CONTENT.has(rule)) message.contentBytes += end - start;
    switch (rule) {
      case "method":
      case "status-code":
        message.what = this.#bytes.text(start, end);
        this.#onMessage(message);
        break;
      case "request-target":
      case "reason-phrase":
        message.detail = this.#bytes.text(start, end);
        break;
      case "field-name":
        this.#name = this.#bytes.text(start, end);
        break;
      case "field-value":
        message.fields.push([this.#name, this.#bytes.text(start, end)]);
        break;
    }
  }

  #begin(start: number, t: number): void {
    this.#message = {
      begun: t,
      ended: undefined,
      start,
      end: start,
      what: "",
      detail: "",
      fields: [],
      contentBytes: 0,
    };
  }

  #end(at: number, t: number): void {
    if (this.#message === undefined || this.#message.ended !== undefined) return;
    this.#message.ended = t;
    this.#message.end = Math.max(this.#message.end, at);
  }
}

const CONTENT: ReadonlySet<string> = new Set(["content", "chunk-data", "close-delimited", "tunnel"]);

/** More than any head: bytes that follow no grammar are not kept for long. */
const MAX_KEPT_BYTES = 256 * 1024;

/** The last bytes of a stream. */
class KeptBytes {
  end = 0;
  readonly #chunks: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #kept = 0;

  add(start: number, bytes: Uint8Array): void {
    this.#chunks.push({ start, bytes });
    this.#kept += bytes.length;
    this.end = start + bytes.length;
    while (this.#kept > MAX_KEPT_BYTES) this.#dropFirst();
  }

  dropUpTo(offset: number): void {
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (first.start + first.bytes.length > offset) return;
      this.#dropFirst();
    }
  }

  text(start: number, end: number): string {
    let text = "";
    for (const chunk of this.#chunks) {
      const [from, to] = [Math.max(start - chunk.start, 0), Math.min(end - chunk.start, chunk.bytes.length)];
      if (from < to) text += latin1(chunk.bytes.subarray(from, to));
    }
    return text;
  }

  #dropFirst(): void {
    this.#kept -= this.#chunks.shift()?.bytes.length ?? 0;
  }
}
