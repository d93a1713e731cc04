import { CR, isWhitespace, LF } from "../bytes/octets.ts";
import { ProtocolError } from "../http1/errors.ts";
import { NEED_DATA, type NextEvent, type RequestHead, type ResponseHead } from "../http1/events.ts";
import { type Http1Leniency, STRICT } from "../http1/leniency.ts";
import { CLIENT_LIMITS, type Http1Limits } from "../http1/limits.ts";
import { MessageReader, type RequestContext } from "../http1/message-reader.ts";
import type { Place } from "../tcp/faults/places.ts";

/*
 * The places of one direction. The grammar of the core reads the bytes of somebody else's conversation. It is given the
 * bytes in steps: heads and chunk-sizes line by line, content as far as it is known to go. So after each step this code
 * stands where the grammar stands, and the places are the same however the bytes arrived.
 *
 * A head and a field line have their place at their first octet, before anybody knows whether they are right. All else
 * waits for the grammar.
 */

/** What depends on the other direction. */
interface Asked {
  /** Whether a message may begin with this octet. */
  begins(octet: number): boolean;
  /** Told of each head, but not of an interim response. */
  head(head: RequestHead | ResponseHead): void;
}

/** Reads the messages of one direction, one behind the other, and tells their places. */
export class MessagePlaces {
  readonly #asked: Asked;
  readonly #reader: MessageReader;
  #places: Place[] = [];
  /** How many bytes were read. */
  #offset = 0;
  #part: "between" | "head" | "body" = "between";
  #atLineStart = true;
  #isOver = false;
  // Places of this message. Interim responses belong to their final response.
  #message = 1;
  #lines = 0;
  #chunks = 0;

  constructor(reads: "request" | "response", asked: Asked) {
    const leniency = reads === "request" ? STRICT : LENIENT;
    this.#asked = asked;
    this.#reader = new MessageReader({ reads, limits: LIMITS, leniency, observer: undefined });
  }

  /** Which request the next response answers. */
  answers(request: RequestContext): void {
    this.#reader.answers(request);
  }

  /** The bytes to come are no HTTP: no more places. */
  stop(): void {
    this.#isOver = true;
  }

  /** A place behind the bytes that were read. */
  tell(kind: Place["kind"], more?: Pick<Place, "index" | "length" | "interim">): void {
    this.#places.push({ kind, offset: this.#offset, message: this.#message, ...more });
  }

  /** @returns the places that the bytes bring. */
  read(bytes: Uint8Array): readonly Place[] {
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      const end = this.#stepEnd(bytes, at);
      this.#step(bytes.subarray(at, end));
      at = end;
    }
    return this.#take();
  }

  /** @returns the places that the end of the direction brings. */
  end(): readonly Place[] {
    if (!this.#isOver) {
      this.#reader.receiveEnd();
      this.#readEvents();
      this.stop();
    }
    return this.#take();
  }

  #take(): readonly Place[] {
    const places = this.#places;
    if (places.length > 0) this.#places = [];
    return places;
  }

  /** A step ends where it will be known what follows. */
  #stepEnd(bytes: Uint8Array, at: number): number {
    const { remaining, framing } = this.#reader;
    if (this.#part === "body") {
      if (framing?.kind === "close") return bytes.length;
      if (remaining > 0) return Math.min(bytes.length, at + remaining);
    }
    const lineEnd = bytes.indexOf(LF, at);
    return lineEnd === -1 ? bytes.length : lineEnd + 1;
  }

  #step(bytes: Uint8Array): void {
    if (this.#part !== "body" && this.#atLineStart) this.#beginLine(bytes[0] as number);
    if (this.#isOver) return;
    const isChunkLine = this.#part === "body" && this.#reader.remaining === 0;
    this.#atLineStart = bytes[bytes.length - 1] === LF;
    this.#offset += bytes.length;
    this.#reader.receive(bytes);
    this.#readEvents();
    if (!isChunkLine || this.#isOver) return;
    const { remaining } = this.#reader;
    if (remaining > 0) this.tell("chunk", { index: ++this.#chunks, length: remaining });
  }

  #beginLine(first: number): void {
    // The end of a head, or an empty line before a request.
    if (first === CR || first === LF) return;
    if (this.#part === "head") {
      // A line that begins with whitespace continues the line before (obs-fold).
      if (!isWhitespace(first)) this.tell("line", { index: ++this.#lines });
      return;
    }
    if (!this.#asked.begins(first)) {
      this.stop();
      return;
    }
    this.#part = "head";
    this.#lines = 0;
    this.tell("head");
  }

  #readEvents(): void {
    try {
      for (let event = this.#reader.next(); event !== NEED_DATA; event = this.#reader.next())
        this.#follow(event);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.stop();
    }
  }

  #follow(event: Exclude<NextEvent, symbol>): void {
    switch (event.type) {
      case "informational":
        this.#part = "between";
        this.tell("head-end", { interim: true });
        return;
      case "request":
      case "response":
        this.#part = "body";
        this.#chunks = 0;
        this.tell("head-end");
        this.#asked.head(event);
        return;
      case "end":
        this.tell("message-end");
        this.#message++;
        this.#part = "between";
        this.#atLineStart = true;
        this.#reader.startNextMessage();
        return;
      default: // Content; its end is known by its length.
    }
  }
}

/** More than anybody sends: faults find their places in what others take. Lines stay bounded. */
const LIMITS: Http1Limits = {
  ...CLIENT_LIMITS,
  maxChunkOverheadRatio: Number.POSITIVE_INFINITY,
  maxMessageChunkExtBytes: Number.POSITIVE_INFINITY,
  maxInformational: Number.POSITIVE_INFINITY,
};

/** What clients overlook. */
const LENIENT: Http1Leniency = {
  bareLf: true,
  equalContentLengths: true,
  obsFold: true,
  forbiddenTrailers: true,
};
