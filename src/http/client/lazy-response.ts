import { copyOf } from "../../bytes/copy.ts";
import { latin1Bytes, utf8 } from "../../bytes/text.ts";
import type { Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { ClientResponse } from "./messages.ts";

/** What makes the platform's Response of an answer. */
export interface FetchedAnswer {
  readonly response: ClientResponse;
  /** The last URL that was asked, without its fragment; where it is none, the one that was sent is it. */
  readonly url: string | undefined;
  readonly redirected: boolean;
  readonly hasBody: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * A Response of the platform by its prototype, that makes the platform's Headers, stream and body when somebody
 * wants them: made for each answer, they cost more than the exchange (a Response over a stream alone 1.5 to 10 µs).
 * Content that is read in one piece never sees them.
 *
 * It was not constructed by the platform (200 to 300 ns), so the platform's own methods, taken from the prototype and
 * called on it (`Response.prototype.text.call(response)`), throw a TypeError; constructed without the content, it
 * would have them answer wrongly. Whatever asks the object itself gets what the platform's would say.
 */
export function lazyResponse(answer: FetchedAnswer): Response {
  return uncloneable(new (responseClass())(answer, undefined));
}

/** The platform is not touched before the first answer is here: it loads its `fetch` when it is. */
function responseClass(): typeof LazyResponse {
  if (!Object.hasOwn(LazyResponse.prototype, Symbol.toStringTag)) {
    becomeResponse(LazyResponse.prototype);
    const workers = process.getBuiltinModule("node:worker_threads") as WorkerThreads;
    if (workers.markAsUncloneable !== undefined) markAsUncloneable = workers.markAsUncloneable;
  }
  return LazyResponse;
}

/** Ours has the platform's members and no others, with the same attributes; what we do not know, its body knows. */
function becomeResponse(prototype: LazyResponse): void {
  const platform = Response.prototype as object;
  Object.setPrototypeOf(prototype, platform);
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (!Object.hasOwn(platform, name)) Reflect.deleteProperty(prototype, name);
  }
  for (const [name, theirs] of Object.entries(Object.getOwnPropertyDescriptors(platform))) {
    const ours = Object.getOwnPropertyDescriptor(prototype, name);
    const { enumerable = true } = theirs;
    if (name === "constructor") Object.defineProperty(prototype, name, theirs);
    else if (ours !== undefined) Object.defineProperty(prototype, name, { ...ours, enumerable });
    else if (typeof theirs.value === "function") {
      const method = theirs.value as (this: Response, ...given: unknown[]) => unknown;
      const value = function (this: LazyResponse, ...given: unknown[]): unknown {
        return method.apply(LazyResponse.platformOf(this), given);
      };
      Object.defineProperty(prototype, name, { ...theirs, value });
    }
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: "Response", configurable: true });
}

/** Not in Node 20, where a Response is cloned to an empty object. */
interface WorkerThreads {
  readonly markAsUncloneable?: (value: object) => void;
}

let markAsUncloneable: (value: object) => void = () => {};

function uncloneable<Value extends object>(value: Value): Value {
  markAsUncloneable(value);
  return value;
}

class LazyResponse implements Response {
  readonly #answer: FetchedAnswer;
  #headers: Headers | undefined;
  /** The content was asked for in one piece. */
  #read = false;
  /** The content as the platform has it: made when one piece is not what is wanted, and then it knows best. */
  #platform: Response | undefined;

  constructor(answer: FetchedAnswer, platform: Response | undefined) {
    this.#answer = answer;
    this.#platform = platform;
  }

  static platformOf(response: LazyResponse): Response {
    response.#platform ??= response.#made();
    return response.#platform;
  }

  get type(): Response["type"] {
    return this.#answer && "basic";
  }

  get url(): string {
    return this.#answer.url ?? this.#answer.response.request.url;
  }

  get redirected(): boolean {
    return this.#answer.redirected;
  }

  get status(): number {
    return this.#answer.response.status;
  }

  get ok(): boolean {
    const { status } = this.#answer.response;
    return status >= 200 && status <= 299;
  }

  get statusText(): string {
    const { reason } = this.#answer.response;
    // The platform reads it as UTF-8.
    return OUTSIDE_ASCII.test(reason) ? utf8(latin1Bytes(reason)) : reason;
  }

  get headers(): Headers {
    this.#headers ??= receivedHeaders(this.#answer.response.fields);
    return this.#headers;
  }

  get body(): Response["body"] {
    return LazyResponse.platformOf(this).body;
  }

  get bodyUsed(): boolean {
    return this.#platform?.bodyUsed ?? this.#read;
  }

  clone(): Response {
    return uncloneable(new LazyResponse(this.#answer, LazyResponse.platformOf(this).clone()));
  }

  async text(): Promise<string> {
    if (!this.#isWhole()) return LazyResponse.platformOf(this).text();
    return decoder.decode(await this.#whole());
  }

  async json(): Promise<unknown> {
    if (!this.#isWhole()) return LazyResponse.platformOf(this).json();
    return JSON.parse(decoder.decode(await this.#whole()));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    if (!this.#isWhole()) return LazyResponse.platformOf(this).arrayBuffer();
    return withOwnMemory(await this.#whole()).buffer as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#isWhole()) return new Uint8Array(await LazyResponse.platformOf(this).arrayBuffer());
    return new Uint8Array(withOwnMemory(await this.#whole()).buffer as ArrayBuffer);
  }

  async blob(): Promise<Blob> {
    return (await this.#platformOfWhole()).blob();
  }

  async formData(): Promise<FormData> {
    return (await this.#platformOfWhole()).formData();
  }

  /** Gathered here, where a content that is blown up has limits. */
  async #platformOfWhole(): Promise<Response> {
    if (!this.#isWhole()) return LazyResponse.platformOf(this);
    return new Response(withOwnMemory(await this.#whole()), { headers: this.#typeHeaders() });
  }

  /** Nobody has touched the content, so it may be had in one piece without the platform. */
  #isWhole(): boolean {
    return this.#answer.hasBody && this.#platform === undefined && !this.#read;
  }

  async #whole(): Promise<Uint8Array> {
    this.#read = true;
    const { response, signal } = this.#answer;
    signal?.throwIfAborted();
    try {
      return await response.bytes(Number.POSITIVE_INFINITY);
    } catch (error) {
      throw fetchError(error, signal, "terminated");
    }
  }

  #made(): Response {
    const { response, hasBody, signal } = this.#answer;
    if (!hasBody) return new Response(null);
    const headers = this.#typeHeaders();
    if (!this.#read) return new Response(contentStream(response, signal), { headers });
    const used = new Response(new Uint8Array(0), { headers });
    void used.arrayBuffer();
    return used;
  }

  /** Content-Type is the type of a blob, and tells how a form is written. */
  #typeHeaders(): [string, string][] {
    const type = this.#answer.response.fields.get("content-type");
    return type === undefined ? [] : [["content-type", type]];
  }
}

const OUTSIDE_ASCII = /[\x80-\xff]/;
/** Takes a byte order mark away, as the platform does. */
const decoder = new TextDecoder();

/** The platform's Headers, which cannot be changed, as those it receives. */
function receivedHeaders(fields: Fields): Headers {
  const headers = new Headers();
  const { lines } = fields;
  for (let i = 0; i < lines.length; i += 2) {
    headers.append((lines[i] as string).toLowerCase(), lines[i + 1] as string);
  }
  for (const name of ["append", "delete", "set"]) Object.defineProperty(headers, name, IMMUTABLE);
  return uncloneable(headers);
}

const IMMUTABLE = {
  value: () => {
    throw new TypeError("immutable");
  },
};

/** Read as it is asked for: what the reader does not want yet stays with the server. */
function contentStream(response: ClientResponse, signal: AbortSignal | undefined): ReadableStream {
  const iterator = response.body[Symbol.asyncIterator]();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      try {
        signal?.throwIfAborted();
        const { done, value } = await iterator.next();
        if (!done) return controller.enqueue(withOwnMemory(value));
        controller.close();
        // Who reads into a buffer of its own gets it back.
        controller.byobRequest?.respond(0);
      } catch (error) {
        controller.error(fetchError(error, signal, "terminated"));
      }
    },
    cancel: () => response.discard(),
  });
}

/** The memory is given away with the bytes, so it has to have no others. */
function withOwnMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === length;
  return (whole ? bytes : copyOf(bytes)) as Uint8Array<ArrayBuffer>;
}

/** The standard wants a TypeError for whatever the network does, and the signal's own reason for an abort. */
export function fetchError(error: unknown, signal: AbortSignal | undefined, message: string): unknown {
  if (signal?.aborted && (error === signal.reason || isAbort(error))) return signal.reason;
  const detail = error instanceof Error ? `${message}: ${error.message}` : message;
  return new TypeError(detail, { cause: error });
}

const isAbort = (error: unknown): boolean => error instanceof TransportError && error.code === "ABORTED";
