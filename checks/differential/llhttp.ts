import { createRequire } from "node:module";
import type { Input } from "./input.ts";
import { LlhttpUser, METHOD_NAMES } from "./llhttp-user.ts";
import type { Verdict } from "./verdict.ts";

const REQUEST = 1;
const RESPONSE = 2;
const CLOSED_CONNECTION = 5;
const PAUSED_UPGRADE = 22;

/** A piece of the input: its start in the parser's memory, and its length. */
type Piece = (parser: number, at: number, length: number) => number;
type Moment = (parser: number) => number;

export interface LlhttpCallbacks {
  readonly wasm_on_message_begin: Moment;
  readonly wasm_on_url: Piece;
  readonly wasm_on_status: Piece;
  readonly wasm_on_header_field: Piece;
  readonly wasm_on_header_value: Piece;
  readonly wasm_on_headers_complete: Moment;
  readonly wasm_on_body: Piece;
  readonly wasm_on_message_complete: Moment;
}

/** The numbers are pointers or llhttp's own codes. */
export interface Llhttp {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_resume_after_upgrade(parser: number): void;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_error_reason(parser: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_get_status_code(parser: number): number;
  llhttp_get_http_major(parser: number): number;
  llhttp_get_http_minor(parser: number): number;
}

/** What the types of Node lack. */
interface WasmPlatform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { env: LlhttpCallbacks }) => { readonly exports: Llhttp };
}

/** llhttp as undici brings it, strict in everything. */
function loadLlhttp(callbacks: LlhttpCallbacks): Llhttp {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmPlatform };
  const bytes = createRequire(import.meta.url)("undici/lib/llhttp/llhttp_simd-wasm.js") as Uint8Array;
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: callbacks }).exports;
}

const MAX_INPUT_BYTES = 64 * 1024;

/** llhttp compiled to WebAssembly. */
export class LlhttpOracle {
  readonly #llhttp: Llhttp;
  readonly #base: number;
  #input: Input = { reads: "request", asked: [], text: "" };
  #user = new LlhttpUser(this.#input);

  // The parts of the message so far; each may arrive in pieces.
  #start = "";
  #lines: string[] = [];
  #inValue = true;

  constructor() {
    const text = (at: number, length: number) =>
      this.#input.text.slice(at - this.#base, at - this.#base + length);
    const onStart = (_parser: number, at: number, length: number) => {
      this.#start += text(at, length);
      return 0;
    };
    this.#llhttp = loadLlhttp({
      wasm_on_message_begin: () => {
        this.#start = "";
        this.#takeLines();
        return 0;
      },
      wasm_on_url: onStart,
      wasm_on_status: onStart,
      wasm_on_header_field: (_parser, at, length) => {
        if (this.#inValue) this.#lines.push("", "");
        this.#inValue = false;
        this.#lines[this.#lines.length - 2] += text(at, length);
        return 0;
      },
      wasm_on_header_value: (_parser, at, length) => {
        this.#inValue = true;
        this.#lines[this.#lines.length - 1] += text(at, length);
        return 0;
      },
      wasm_on_headers_complete: (parser) => this.#onHead(parser),
      wasm_on_body: (_parser, at, length) => {
        this.#user.content(text(at, length));
        return 0;
      },
      wasm_on_message_complete: () => {
        this.#user.end(this.#takeLines());
        return 0;
      },
    });
    this.#base = this.#llhttp.malloc(MAX_INPUT_BYTES);
  }

  read(input: Input, bytes: Uint8Array): Verdict {
    const llhttp = this.#llhttp;
    this.#input = input;
    this.#user = new LlhttpUser(input);
    new Uint8Array(llhttp.memory.buffer, this.#base, bytes.length).set(bytes);
    const parser = llhttp.llhttp_alloc(input.reads === "request" ? REQUEST : RESPONSE);
    try {
      return this.#run(parser, bytes);
    } finally {
      llhttp.llhttp_free(parser);
    }
  }

  #run(parser: number, bytes: Uint8Array): Verdict {
    const llhttp = this.#llhttp;
    const user = this.#user;
    for (let at = 0; at < bytes.length; ) {
      const code = llhttp.llhttp_execute(parser, this.#base + at, bytes.length - at);
      if (code === 0) break;
      at = llhttp.llhttp_get_error_pos(parser) - this.#base;
      // llhttp counts the octet that it cannot place as parsed.
      if (code === CLOSED_CONNECTION) return user.leftover(bytes.subarray(at - 1));
      if (code !== PAUSED_UPGRADE) return user.broken(this.#reason(parser));
      if (user.tunnel) return user.leftover(bytes.subarray(at));
      // llhttp pauses after a request for an upgrade. No upgrade is granted here.
      if (at === bytes.length) return user.closed();
      llhttp.llhttp_resume_after_upgrade(parser);
    }
    return llhttp.llhttp_finish(parser) === 0 ? user.closed() : user.broken(this.#reason(parser));
  }

  #reason(parser: number): string {
    const bytes = new Uint8Array(this.#llhttp.memory.buffer);
    const start = this.#llhttp.llhttp_get_error_reason(parser);
    return Buffer.from(bytes.subarray(start, bytes.indexOf(0, start))).toString("latin1");
  }

  #onHead(parser: number): number {
    const llhttp = this.#llhttp;
    const version = `${llhttp.llhttp_get_http_major(parser)}.${llhttp.llhttp_get_http_minor(parser)}`;
    const lines = this.#takeLines();
    if (this.#input.reads === "response") {
      return this.#user.responseHead(version, llhttp.llhttp_get_status_code(parser), this.#start, lines);
    }
    const method = METHOD_NAMES[llhttp.llhttp_get_method(parser)] ?? "";
    return this.#user.requestHead(method, this.#start, version, lines);
  }

  #takeLines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#inValue = true;
    return lines;
  }
}
