import assert from "node:assert/strict";
import { latin1 } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { type HttpEvent, NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";
import type { Http1Observer } from "../../src/http1/observer.ts";
import { fieldsWith, type GeneratedBody, type GeneratedExchange } from "./exchanges.ts";

/**
 * A client and a server, each with a connection of its own, exchange byte arrays and nothing else. Each must read what
 * the other sent, event for event and rule for rule.
 *
 * @throws if one reads something else.
 */
export function carry(generated: GeneratedExchange): void {
  const client = new End("client");
  const server = new End("server");
  const { method, target, version, host, requestLines, requestBody, pieceSizes } = generated;
  const fields = fieldsWith([["Host", host], ...requestLines], requestBody);
  client.send({ type: "request", method, target, version, fields });
  client.sendBody(requestBody);
  assert.deepEqual(server.read(client.takeSent(), pieceSizes), client.sent());

  for (const { status, lines } of generated.informational) {
    server.send({ type: "informational", status, reason: "", version: "1.1", fields: Fields.from(lines) });
  }
  const { status, reason, responseVersion, responseLines, responseBody } = generated;
  const closes = responseBody.framing === "close";
  server.send({
    type: "response",
    status,
    reason,
    version: responseVersion,
    fields: fieldsWith(responseLines, responseBody),
  });
  server.sendBody(responseBody);
  assert.deepEqual(client.read(server.takeSent(), pieceSizes, closes), server.sent());

  assert.deepEqual(client.spans.in, server.spans.out, "both ends say the same of every byte");
  assert.deepEqual(server.spans.in, client.spans.out, "both ends say the same of every byte");
  const persistent = version === "1.1" && responseVersion === "1.1" && !closes;
  assert.equal(client.connection.persistent, persistent);
  assert.equal(server.connection.persistent, persistent);
}

type SpanText = string;

/** One end: its connection, the bytes it has sent, and what it has reported. */
class End {
  readonly connection: Http1Connection;
  readonly spans: Record<"in" | "out", SpanText[]> = { in: [], out: [] };
  readonly #ends = { in: 0, out: 0 };
  readonly #open: { in: string; out: string } = { in: "", out: "" };
  #events: unknown[] = [];
  #bytes: Uint8Array[] = [];

  constructor(role: "client" | "server") {
    const observer: Http1Observer = { span: (...span) => this.#addSpan(...span) };
    this.connection = new Http1Connection({ role, observer });
  }

  send(event: HttpEvent): void {
    this.#bytes.push(this.connection.send(event));
    add(this.#events, event);
  }

  sendBody({ pieces, trailers }: GeneratedBody): void {
    for (const bytes of pieces) this.send({ type: "data", bytes });
    this.send({ type: "end", trailers: Fields.from(trailers) });
  }

  takeSent(): Uint8Array {
    const sent = Buffer.concat(this.#bytes);
    assert.equal(this.#ends.out, sent.length, "the spans tile all that was sent");
    return sent;
  }

  sent(): unknown[] {
    return this.#events;
  }

  read(bytes: Uint8Array, pieceSizes: readonly number[], closes = false): unknown[] {
    const events: unknown[] = [];
    const readAll = () => {
      for (;;) {
        const event = this.connection.nextEvent();
        if (event === NEED_DATA || event === PAUSED || event.type === "closed") return;
        add(events, event);
      }
    };
    const memory = new Uint8Array(4000);
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = Math.min(pieceSizes[turn % pieceSizes.length] as number, bytes.length - at);
      memory.set(bytes.subarray(at, at + size));
      this.connection.receive(memory.subarray(0, size));
      readAll();
      memory.fill(0);
      at += size;
    }
    if (closes) {
      this.connection.receiveEnd();
      readAll();
    }
    assert.equal(this.#ends.in, bytes.length, "the spans tile all that was received");
    return events;
  }

  #addSpan(direction: "in" | "out", rule: string, start: number, end: number): void {
    assert.equal(start, this.#ends[direction], "no gap and no overlap");
    this.#ends[direction] = end;
    const spans = this.spans[direction];
    // Adjacent spans of one rule are joined: a body may be read in other pieces than it was written in.
    const joined = this.#open[direction] === rule;
    const from = joined ? (spans.pop() as string).split(" ")[1] : start;
    spans.push(`${rule} ${from} ${end}`);
    this.#open[direction] = rule;
  }
}

/** Events as plain data. Adjacent pieces of content are joined. */
function add(events: unknown[], event: HttpEvent): void {
  if (event.type !== "data") {
    events.push(JSON.stringify(event));
    return;
  }
  const last = events.at(-1);
  const isContent = typeof last === "object" && last !== null && "content" in last;
  const before = isContent ? (events.pop() as { content: string }).content : "";
  events.push({ content: before + latin1(event.bytes) });
}
