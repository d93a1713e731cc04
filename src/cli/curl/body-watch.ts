import type { Rule } from "../../http1.ts";

/**
 * Tells the octets behind the heads that a connection receives, as they come: a read is told whole, with the framing of
 * its chunks, as curl does.
 */
export class BodyWatch {
  readonly #tell: (octets: Uint8Array) => void;
  readonly #ignores: (head: string) => boolean;
  /** What came since the last head. */
  #head: Uint8Array = new Uint8Array(0);
  #headStart = 0;
  #received = 0;
  /** What proxies said before the first request: no part of what spans count. `undefined`: no request was made. */
  #before: number | undefined;
  #part: "head" | "told" | "ignored" = "head";

  /** `ignores`: whether nobody wants the content behind this head. */
  constructor(tell: (octets: Uint8Array) => void, ignores: (head: string) => boolean) {
    this.#tell = tell;
    this.#ignores = ignores;
  }

  /** The final head is here: lines that come now are trailers, which are told as octets. */
  get headsAreOver(): boolean {
    return this.#part !== "head";
  }

  /** A request begins. */
  next(): void {
    this.#part = "head";
    this.#head = new Uint8Array(0);
    this.#before ??= this.#received;
    this.#headStart = this.#received;
  }

  read(octets: Uint8Array): void {
    this.#received += octets.length;
    if (this.#part === "told") this.#tell(octets);
    if (this.#part === "head") this.#head = Buffer.concat([this.#head, octets]);
  }

  /** `spanEnd`: counted from the first octet that answers a request. */
  span(rule: Rule, spanEnd: number): void {
    if (rule !== "empty-line" || this.#part !== "head") return;
    const end = spanEnd + (this.#before ?? 0);
    const length = end - this.#headStart;
    const head = Buffer.from(this.#head.subarray(0, length)).toString("latin1");
    const rest = this.#head.subarray(length);
    this.#headStart = end;
    this.#head = rest;
    if (/^HTTP\/\S+\s+1\d\d/i.test(head)) return;
    this.#head = new Uint8Array(0);
    this.#part = this.#ignores(head) ? "ignored" : "told";
    if (rest.length > 0 && this.#part === "told") this.#tell(rest);
  }
}
