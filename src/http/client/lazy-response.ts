import { copyOf } from "../../bytes/copy.ts";
import { latin1Bytes, utf8 } from "../../bytes/text.ts";
import { ProtocolError } from "../../http1/errors.ts";
import type { Fields } from "../../http1/fields.ts";
import { TransportError } from "../../tcp/errors.ts";
import type { ClientResponse } from "./messages.ts";

/** What a Response of the platform is made of. */
export interface FetchedAnswer {
  readonly response: ClientResponse;
  /** The last URL that was requested, without its fragment. `undefined`: the URL of the request that was sent. */
  readonly url: string | undefined;
  readonly redirected: boolean;
  readonly hasBody: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes an object that is a Response of the platform by its prototype. It makes the platform's Headers, stream and body
 * only when somebody asks for them: made for each response, they would cost more than the exchange (a Response over a
 * stream alone takes 1.5 to 10 µs). A content that is read in one piece needs none of them.
 *
 * The object was not constructed by the platform, which would take 200 to 300 ns. So the platform's own methods, taken
 * from its prototype and called on this object (`Response.prototype.text.call(response)`), throw a TypeError. (If the
 * platform had constructed it, without the content, they would return a wrong content.) Everything that is asked of the
 * object itself is answered as the platform would.
 */
export function lazyResponse(answer: FetchedAnswer): Response {
  return uncloneable(new (responseClass())(answer, undefined));
}

/** The platform is not touched before the first response: touching it loads its `fetch`. */
function responseClass(): typeof LazyResponse {
  if (!Object.hasOwn(LazyResponse.prototype, Symbol.toStringTag)) {
    becomeResponse(LazyResponse.prototype);
    const workers = process.getBuiltinModule("node:worker_threads") as WorkerThreads;
    if (workers.markAsUncloneable !== undefined) markAsUncloneable = workers.markAsUncloneable;
  }
  return LazyResponse;
}

/** Gives our class exactly the platform's members. Those that we lack are passed on to a Response of the platform. */
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
  /** The content was read in one piece. */
  #read = false;
  /** The platform's Response over the same content. Made when the content is not read in one piece. */
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
    // The platform reads a reason phrase as UTF-8.
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

  /** Gathers the content with our own reader, which limits a coded content that expands. */
  async #platformOfWhole(): Promise<Response> {
    if (!this.#isWhole()) return LazyResponse.platformOf(this);
    return new Response(withOwnMemory(await this.#whole()), { headers: this.#typeHeaders() });
  }

  /** Nobody has touched the content, so it can be read in one piece, without the platform. */
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
    const headers = this.#typeHeaders();
    if (!hasBody) return new Response(null, { headers });
    if (!this.#read) return new Response(contentStream(response, signal), { headers });
    const used = new Response(new Uint8Array(0), { headers });
    void used.arrayBuffer();
    return used;
  }

  /** Content-Type becomes the type of a blob, and says how a form is encoded. */
  #typeHeaders(): [string, string][] {
    const type = this.#answer.response.fields.get("content-type");
    return type === undefined ? [] : [["content-type", type]];
  }
}

const OUTSIDE_ASCII = /[\x80-\xff]/;
/** Removes a byte order mark, as the platform does. */
const decoder = new TextDecoder();

/** A Headers of the platform that cannot be changed, as in the platform's own responses. */
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

/** The content as a stream. Bytes that the reader does not want yet stay with the server. */
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
        // A reader that gave its own buffer (BYOB) gets it back.
        controller.byobRequest?.respond(0);
      } catch (error) {
        controller.error(fetchError(error, signal, "terminated"));
      }
    },
    cancel: () => response.discard(),
  });
}

/** The stream gives the memory away together with the bytes, so the memory must hold no other bytes. */
function withOwnMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === length;
  return (whole ? bytes : copyOf(bytes)) as Uint8Array<ArrayBuffer>;
}

/**
 * The Fetch standard wants a TypeError for every network error, and the signal's reason for an abort. What happened is
 * in `cause`. The message is that of Node's own fetch, word for word: programs tell network errors by it (p-retry, ky).
 */
export function fetchError(
  error: unknown,
  signal: AbortSignal | undefined,
  message: "fetch failed" | "terminated",
): unknown {
  if (signal?.aborted && (error === signal.reason || isAbort(error))) return signal.reason;
  // Nothing was sent, so it is no network error: the same request will not do better the next time.
  const refusal = error instanceof ProtocolError && error.blame === "local";
  return new TypeError(refusal ? error.message : message, { cause: error });
}

const isAbort = (error: unknown): boolean => error instanceof TransportError && error.code === "ABORTED";
