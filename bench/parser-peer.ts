// One parser in a process of its own: parser-peer PEER KIND WARM-UP-MS MEASURE-MS [PACKAGE]
//
// It reads message after message to its end. Everything that it finds is compared with what the message has; this also
// makes strings of what a parser would leave for later.

import { createRequire } from "node:module";
import { Fields, Http1Connection, type Http1Observer } from "wirepane/http1";
import { STRICT } from "../src/http1/leniency.ts";
import { CLIENT_LIMITS, SERVER_LIMITS } from "../src/http1/limits.ts";
import { MessageReader } from "../src/http1/message-reader.ts";
import { type BenchMessage, type MessageKind, messageKinds } from "./parser-messages.ts";
import type { Measurement } from "./row.ts";

const [peer = "", kind = "", warmUpMs = "0", measureMs = "0", packagePath = ""] = process.argv.slice(2);
const messages = messageKinds[kind as MessageKind]();
const reads = kind.startsWith("response") ? "response" : "request";
const require = createRequire(import.meta.url);

let next = 0;
let message = messages[0] as BenchMessage;
function nextBytes(): Buffer {
  message = messages[next++ % messages.length] as BenchMessage;
  return message.bytes;
}

/** What has been found in the current message. */
const found = { start: 0, fieldLines: 0, characters: 0, contentBytes: 0 };

function foundLines(lines: readonly string[]): void {
  let characters = 0;
  for (let i = 0; i < lines.length; i++) characters += (lines[i] as string).length;
  found.characters = characters;
  found.fieldLines = lines.length / 2;
}

function expectAll(): void {
  const { start, fieldLines, characters, contentBytes } = message;
  const all =
    found.start === start &&
    found.fieldLines === fieldLines &&
    found.characters === characters &&
    found.contentBytes === contentBytes;
  if (!all) throw new Error(`${JSON.stringify(found)} in ${message.bytes.toString("latin1")}`);
  found.contentBytes = 0;
  found.fieldLines = 0;
}

const parsers: Record<string, () => () => void> = {
  "wirepane Http1Connection": () => exchange(undefined),
  "wirepane, every span recorded": () => exchange(recordingSpans()),
  "wirepane, reading alone": reading,
  "llhttp (WASM, of undici)": wasm,
  "llhttp (native, of node)": native,
  "http-parser-js": javascript,
};
const parse = parsers[peer]?.();
if (!parse) throw new Error(`no parser ${peer}`);
repeat(Number(warmUpMs));
const cpu = process.cpuUsage();
const { operations, ns } = repeat(Number(measureMs));
const { user, system } = process.cpuUsage(cpu);
const measurement: Measurement = { value: ns / operations, cpu: (user + system) / operations };
console.log(JSON.stringify(measurement));

/** Runs batches, since reading the clock costs time. */
function repeat(ms: number): { operations: number; ns: number } {
  const start = process.hrtime.bigint();
  for (let operations = 1000; ; operations += 1000) {
    for (let i = 0; i < 1000; i++) parse?.();
    const ns = Number(process.hrtime.bigint() - start);
    if (ns >= ms * 1e6) return { operations, ns };
  }
}

/** The public way: both sides of an exchange, so one small message is sent for each message that is read. */
function exchange(observer: Http1Observer | undefined) {
  const connection = new Http1Connection({ role: reads === "response" ? "client" : "server", observer });
  const trailers = new Fields();
  const end = { type: "end", trailers } as const;
  const fields = Fields.from(reads === "response" ? { Host: "example.com" } : { "Content-Length": "0" });
  const request = { type: "request", method: "GET", target: "/", version: "1.1", fields } as const;
  const response = { type: "response", version: "1.1", status: 200, reason: "OK", fields } as const;
  return () => {
    if (reads === "response") {
      connection.sendHead(request);
      connection.send(end);
    }
    connection.receive(nextBytes());
    readTo(() => connection.nextEvent());
    if (reads === "request") {
      connection.sendHead(response);
      connection.send(end);
    }
    connection.startNextCycle();
  };
}

/** The least that a recorder does: it writes the offsets into a ring. */
function recordingSpans(): Http1Observer {
  const ring = new Float64Array(2048);
  let at = 0;
  return {
    span: (_direction, _rule, start, end) => {
      ring[at++ & 2047] = start;
      ring[at++ & 2047] = end;
    },
  };
}

/** The parser alone, like the other parsers: nothing is sent. */
function reading() {
  const limits = reads === "response" ? CLIENT_LIMITS : SERVER_LIMITS;
  const reader = new MessageReader({ reads, limits, leniency: STRICT, observer: undefined });
  return () => {
    reader.receive(nextBytes());
    readTo(() => reader.next());
    reader.startNextMessage();
  };
}

function readTo(
  nextEvent: () => ReturnType<MessageReader["next"]> | ReturnType<Http1Connection["nextEvent"]>,
): void {
  for (;;) {
    const event = nextEvent();
    if (typeof event !== "object") throw new Error("the message has no end");
    switch (event.type) {
      case "request":
        found.start = event.target.length;
        foundLines(event.fields.lines);
        break;
      case "response":
        found.start = event.status;
        foundLines(event.fields.lines);
        break;
      case "data":
        found.contentBytes += event.bytes.length;
        break;
      case "end":
        expectAll();
        return;
    }
  }
}

function wasm() {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmPlatform };
  const module = new WebAssembly.Module(require("undici/lib/llhttp/llhttp_simd-wasm.js"));
  const lines: string[] = [];
  let chunk: Buffer = Buffer.alloc(0);
  const ignore = () => 0;
  const keep = (_parser: number, at: number, length: number) => {
    lines.push(chunk.toString("latin1", at - base, at - base + length));
    return 0;
  };
  const env = {
    wasm_on_url: (_parser: number, at: number, length: number) => {
      found.start = chunk.toString("latin1", at - base, at - base + length).length;
      return 0;
    },
    wasm_on_status: ignore,
    wasm_on_message_begin: ignore,
    wasm_on_header_field: keep,
    wasm_on_header_value: keep,
    wasm_on_headers_complete: (_parser: number, status: number) => {
      if (reads === "response") found.start = status;
      foundLines(lines);
      lines.length = 0;
      return 0;
    },
    wasm_on_body: (_parser: number, _at: number, length: number) => {
      found.contentBytes += length;
      return 0;
    },
    wasm_on_message_complete: () => {
      expectAll();
      return 0;
    },
  };
  const { exports: llhttp } = new WebAssembly.Instance(module, { env });
  const parser = llhttp.llhttp_alloc(reads === "request" ? 1 : 2);
  const base = llhttp.malloc(4096);
  return () => {
    chunk = nextBytes();
    new Uint8Array(llhttp.memory.buffer, base, 4096).set(chunk);
    const code = llhttp.llhttp_execute(parser, base, chunk.length);
    if (code !== 0) throw new Error(`llhttp says ${code}`);
  };
}

function native() {
  const { binding } = process as unknown as { binding(name: string): unknown };
  let module: { HTTPParser: NativeParser };
  try {
    module = binding.call(process, "http_parser") as { HTTPParser: NativeParser };
  } catch {
    throw new Error(`Node ${process.versions.node} does not give it to anybody (since 24)`);
  }
  const { HTTPParser } = module;
  const parser = new HTTPParser();
  parser.initialize(HTTPParser[reads === "request" ? "REQUEST" : "RESPONSE"], {});
  const onHeadersComplete = (
    _major: number,
    _minor: number,
    lines: string[],
    _method: number,
    url: string | undefined,
    status: number,
  ) => {
    found.start = reads === "request" ? (url?.length ?? 0) : status;
    foundLines(lines);
    return 0;
  };
  parser[HTTPParser.kOnHeadersComplete | 0] = onHeadersComplete;
  parser[HTTPParser.kOnBody | 0] = (chunk: Uint8Array) => {
    found.contentBytes += chunk.length;
  };
  parser[HTTPParser.kOnMessageComplete | 0] = expectAll;
  return () => {
    const result = parser.execute(nextBytes());
    if (result instanceof Error) throw result;
  };
}

function javascript() {
  const { HTTPParser } = require(new URL(packagePath).pathname) as { HTTPParser: JavaScriptParser };
  const parser = new HTTPParser(HTTPParser[reads === "request" ? "REQUEST" : "RESPONSE"]);
  parser[HTTPParser.kOnHeadersComplete | 0] = (info: {
    headers: string[];
    url?: string;
    statusCode?: number;
  }) => {
    found.start = info.url?.length || (info.statusCode ?? 0);
    foundLines(info.headers);
  };
  parser[HTTPParser.kOnBody | 0] = (_chunk: Uint8Array, _start: number, length: number) => {
    found.contentBytes += length;
  };
  parser[HTTPParser.kOnMessageComplete | 0] = expectAll;
  return () => {
    const result = parser.execute(nextBytes());
    if (result instanceof Error) throw result;
  };
}

/** What the types of Node lack. */
interface WasmPlatform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: object },
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      malloc(size: number): number;
      llhttp_alloc(type: number): number;
      llhttp_execute(parser: number, at: number, length: number): number;
    };
  };
}

interface ParserInstance {
  execute(bytes: Uint8Array): number | Error;
  // Each callback has its own arguments.
  [callback: number]: (...args: never[]) => unknown;
}

interface ParserConstants {
  readonly REQUEST: string | number;
  readonly RESPONSE: string | number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

interface NativeParser extends ParserConstants {
  new (): ParserInstance & { initialize(type: string | number, resource: object): void };
}

interface JavaScriptParser extends ParserConstants {
  new (type: string | number): ParserInstance;
}
