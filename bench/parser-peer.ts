// One peer of the parser row, in a process of its own: parser-peer NUMBER WARM-UP-MS MEASURE-MS

import { Fields, Http1Connection } from "wirepane/http1";
import { loadLlhttp, RESPONSE } from "../checks/differential/llhttp.ts";
import { HTTPParser } from "../checks/differential/node-parser.ts";
import { STRICT } from "../src/http1/leniency.ts";
import { CLIENT_LIMITS } from "../src/http1/limits.ts";
import { MessageReader } from "../src/http1/message-reader.ts";
import type { Rule } from "../src/http1/observer.ts";
import { responses } from "./responses.ts";
import { reportOperation } from "./row.ts";

const chunks = responses.map((text) => Buffer.from(text, "latin1"));
let next = 0;
const nextChunk = () => chunks[next++ % chunks.length] as Buffer;
/** What every peer has to find: nine lines in each response, as strings. */
const FIELD_LINES = 8;

const parse = [wasm, native, reading, observedReading, exchange][Number(process.argv[2])]?.();
if (!parse) throw new Error("which peer?");
parse();
reportOperation(parse, 1000);

function expectLines(count: number): void {
  if (count !== FIELD_LINES) throw new Error(`${count} field lines instead of ${FIELD_LINES}`);
}

function reading(span?: (rule: Rule, start: number, end: number) => void) {
  const reader = new MessageReader({ reads: "response", limits: CLIENT_LIMITS, leniency: STRICT, span });
  return () => {
    reader.receive(nextChunk());
    for (
      let event = reader.next();
      typeof event === "object" && event.type !== "end";
      event = reader.next()
    ) {
      if (event.type === "response") expectLines(event.fields.size);
    }
    reader.startNextMessage();
  };
}

function observedReading() {
  // What a recorder does at least: the offsets into a ring.
  const ring = new Float64Array(2048);
  let at = 0;
  return reading((_rule, start, end) => {
    ring[at++ & 2047] = start;
    ring[at++ & 2047] = end;
  });
}

function exchange() {
  const http = new Http1Connection({ role: "client" });
  const fields = Fields.from({ Host: "example.com" });
  const trailers = new Fields();
  return () => {
    http.send({ type: "request", method: "GET", target: "/", version: "1.1", fields });
    http.send({ type: "end", trailers });
    http.receive(nextChunk());
    for (
      let event = http.nextEvent();
      typeof event === "object" && event.type !== "end";
      event = http.nextEvent()
    ) {
      if (event.type === "response") expectLines(event.fields.size);
    }
    http.startNextCycle();
  };
}

function wasm() {
  const lines: string[] = [];
  let chunk: Buffer = Buffer.alloc(0);
  let base = 0;
  const ignore = () => 0;
  const keep = (_parser: number, at: number, length: number) => {
    lines.push(chunk.toString("latin1", at - base, at - base + length));
    return 0;
  };
  const llhttp = loadLlhttp({
    wasm_on_url: ignore,
    wasm_on_status: ignore,
    wasm_on_message_begin: ignore,
    wasm_on_header_field: keep,
    wasm_on_header_value: keep,
    wasm_on_headers_complete: ignore,
    wasm_on_body: ignore,
    wasm_on_message_complete: () => {
      expectLines(lines.length / 2);
      lines.length = 0;
      return 0;
    },
  });
  const parser = llhttp.llhttp_alloc(RESPONSE);
  base = llhttp.malloc(4096);
  return () => {
    chunk = nextChunk();
    new Uint8Array(llhttp.memory.buffer, base, 4096).set(chunk);
    const code = llhttp.llhttp_execute(parser, base, chunk.length);
    if (code !== 0) throw new Error(`llhttp says ${code}`);
  };
}

function native() {
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.RESPONSE, {});
  parser[HTTPParser.kOnHeadersComplete] = (_major: number, _minor: number, fields: string[]) => {
    expectLines(fields.length / 2);
    return 0;
  };
  return () => {
    const result = parser.execute(nextChunk());
    if (result instanceof Error) throw result;
  };
}
