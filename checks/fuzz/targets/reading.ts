import { latin1 } from "../../../src/bytes/text.ts";
import { Http1Connection, type Http1Options } from "../../../src/http1/connection.ts";
import { ProtocolError } from "../../../src/http1/errors.ts";
import {
  type HttpEvent,
  type InformationalHead,
  NEED_DATA,
  PAUSED,
  type RequestHead,
  type ResponseHead,
} from "../../../src/http1/events.ts";
import { EMPTY_FIELDS, Fields } from "../../../src/http1/fields.ts";
import { RULES, type Rule } from "../../../src/http1/observer.ts";
import { hold } from "../target.ts";

export interface Message {
  readonly head: RequestHead | InformationalHead | ResponseHead;
  /** As latin1. */
  content: string;
  trailers: Fields;
  complete: boolean;
}

export interface ReadingOptions extends Pick<Http1Options, "limits" | "leniency"> {
  readonly role: "client" | "server";
  /** The peer ends its direction after the bytes. */
  readonly closes: boolean;
  readonly observed: boolean;
  /** The request that a client sends, each time. */
  readonly asked?: RequestHead;
}

const OK: ResponseHead = { type: "response", status: 200, reason: "", version: "1.1", fields: EMPTY_FIELDS };
const OK_EMPTY: ResponseHead = { ...OK, fields: new Fields(["Content-Length", "0"]) };
const END = { type: "end", trailers: EMPTY_FIELDS } as const;

/** The spans of these rules are cut where the bytes were cut. */
const IN_PIECES: ReadonlySet<Rule> = new Set(["content", "chunk-data", "close-delimited", "tunnel"]);

/**
 * What one end reads from the bytes of the other. A server answers every request; a client sends its request again.
 * Checks the promises that hold for all bytes.
 */
export class Reading {
  readonly messages: Message[] = [];
  /** Three numbers for each span: rule, start, end. */
  readonly spans: number[] = [];
  error: ProtocolError | undefined;
  readonly #options: ReadingOptions;
  readonly #http1: Http1Connection;
  #received = 0;
  #leftover = "";
  #closed = false;

  constructor(options: ReadingOptions) {
    const { role, limits, leniency, observed } = options;
    this.#options = options;
    const observer = observed
      ? {
          span: (direction: "in" | "out", rule: Rule, start: number, end: number) => {
            if (direction === "in") this.#addSpan(rule, start, end);
          },
        }
      : undefined;
    this.#http1 = new Http1Connection({ role, limits, leniency, observer } as Http1Options);
    this.#ask();
  }

  get peerState(): string {
    return this.#http1.peerState;
  }

  read(...pieces: readonly Uint8Array[]): this {
    for (const piece of pieces) {
      if (piece.length === 0) continue;
      this.#received += piece.length;
      this.#http1.receive(piece);
      this.#readEvents();
      if (this.error !== undefined) return this;
    }
    if (this.#options.closes) {
      this.#http1.receiveEnd();
      this.#readEvents();
    }
    const { bufferedBytes } = this.#http1;
    hold(bufferedBytes <= this.#received, () => `${bufferedBytes} of ${this.#received} bytes wait`);
    if (this.#options.observed && this.error === undefined) {
      const end = this.spans.at(-1) ?? 0;
      hold(end === this.#received - bufferedBytes, () => `every byte read has a span, not up to ${end}`);
    }
    return this;
  }

  /** The whole reading as text. It must not depend on how the bytes were cut. */
  toString(): string {
    const { error } = this;
    const last = error === undefined ? `waits ${this.#http1.bufferedBytes}` : error.message;
    return `${this.messages.map(messageText).join("\n")}\n${this.#leftover}\n${this.#closed} ${last}`;
  }

  #readEvents(): void {
    const http1 = this.#http1;
    try {
      for (;;) {
        const event = http1.nextEvent();
        if (event === NEED_DATA) return;
        if (event === PAUSED) {
          const leftover = http1.takeLeftover();
          if (leftover.length === 0) return;
          this.#leftover += latin1(leftover);
        } else if (this.#add(event)) return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Returns true if nothing more will come. */
  #add(event: HttpEvent): boolean {
    switch (event.type) {
      case "request":
      case "informational":
      case "response":
        this.messages.push({ head: event, content: "", trailers: EMPTY_FIELDS, complete: false });
        return false;
      case "data":
        hold(event.bytes.length > 0, () => "content is not empty");
        this.#message().content += latin1(event.bytes);
        return false;
      case "end":
        this.#message().trailers = event.trailers;
        this.#message().complete = true;
        this.#goOn();
        return false;
      case "closed":
        this.#closed = true;
        return true;
      default:
        return event satisfies never;
    }
  }

  #message(complete = false): Message {
    const message = this.messages.at(-1);
    hold(message !== undefined && message.complete === complete, () => "content and end belong to a head");
    return message;
  }

  #goOn(): void {
    const http1 = this.#http1;
    const { head } = this.#message(true);
    if (head.type === "request" && head.method === "CONNECT") http1.send(OK);
    else if (head.type === "request") {
      http1.send(OK_EMPTY);
      http1.send(END);
    }
    if (http1.ourState !== "done" || http1.peerState !== "done") return;
    http1.startNextCycle();
    this.#ask();
  }

  #ask(): void {
    const { asked } = this.#options;
    if (asked === undefined) return;
    this.#http1.send(asked);
    this.#http1.send(END);
  }

  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    const { offset, blame, code } = error;
    hold(blame === "remote", () => `${code} is the peer's fault`);
    hold(this.#http1.peerState === "error", () => `${code} leads to the state "error"`);
    hold(offset !== undefined && offset >= 0 && offset <= this.#received, () => `${code} at byte ${offset}`);
    let again: unknown;
    try {
      again = this.#http1.nextEvent();
    } catch (same) {
      again = same;
    }
    hold(again === error, () => `${code} again from then on`);
    this.error = error;
  }

  #addSpan(rule: Rule, start: number, end: number): void {
    const { spans } = this;
    const last = spans.at(-1) ?? 0;
    hold(start === last && end > start, () => `${rule} [${start}, ${end}) follows byte ${last}`);
    const number = RULES.indexOf(rule);
    if (spans.at(-3) === number && IN_PIECES.has(rule)) spans[spans.length - 1] = end;
    else spans.push(number, start, end);
  }
}

export function messageText({ head, content, trailers, complete }: Message): string {
  const { type, version, fields } = head;
  const what = type === "request" ? `${head.method} ${head.target}` : `${head.status} ${head.reason}`;
  const lines = [...fields.lines, "", ...trailers.lines].join("\n");
  return `${type} ${what} ${version}\n${lines}\n${content}${complete ? "\nend" : ""}`;
}

/** Cuts the bytes in three. Two octets choose the places. */
export function inThree(
  bytes: Uint8Array,
  first: number,
  second: number,
): [Uint8Array, Uint8Array, Uint8Array] {
  const a = first % (bytes.length + 1);
  const b = a + (second % (bytes.length - a + 1));
  return [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)];
}

/** Reads the bytes in one piece and in three; both readings must be equal. */
export function readTwice(
  bytes: Uint8Array,
  cuts: readonly [number, number],
  options: ReadingOptions,
): Reading {
  const whole = new Reading(options).read(bytes);
  const pieces = new Reading(options).read(...inThree(bytes, ...cuts));
  const said = pieces.toString();
  hold(said === whole.toString(), () => `cut at ${cuts.join(", ")} it reads ${said}, not ${whole}`);
  const { spans } = whole;
  const same = pieces.spans.length === spans.length && pieces.spans.every((at, index) => at === spans[index]);
  hold(same, () => `cut at ${cuts.join(", ")} it has the same spans`);
  return whole;
}
