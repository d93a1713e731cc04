import { createRequire } from "node:module";
import { askedFor, type Input } from "./input.ts";
import { type Verdict, VerdictWriter } from "./verdict.ts";

/** llhttp's names for its numbers of methods. Node and undici both use them. */
export const METHOD_NAMES: readonly string[] = (() => {
  const constants = createRequire(import.meta.url)("undici/lib/llhttp/constants.js") as {
    METHODS: Record<string, number>;
  };
  const names: string[] = [];
  for (const [name, number] of Object.entries(constants.METHODS)) names[number] = name;
  return names;
})();

/** What a user of llhttp answers at the end of a head. */
type AfterHead = typeof GO_ON | typeof NO_CONTENT | typeof TUNNEL;
const GO_ON = 0;
const NO_CONTENT = 1;
const TUNNEL = 2;

/**
 * What Node and undici both do outside of llhttp: they say which request a response answers, and join the pieces.
 * Writes the verdict of one input.
 */
export class LlhttpUser {
  readonly #input: Input;
  readonly #verdict = new VerdictWriter();
  #response = 0;
  #awaitsFinal = false;
  #inMessage = false;
  tunnel = false;

  constructor(input: Input) {
    this.#input = input;
  }

  /** @returns what to tell llhttp about the content. */
  requestHead(method: string, target: string, version: string, lines: readonly string[]): AfterHead {
    this.#head(`${method} ${target} ${version}`, lines);
    this.tunnel = method === "CONNECT";
    return GO_ON;
  }

  responseHead(version: string, status: number, reason: string, lines: readonly string[]): AfterHead {
    this.#head(`${version} ${status} ${reason}`, lines);
    const asked = askedFor(this.#input, this.#response);
    this.#awaitsFinal = status < 200;
    if (status >= 200) this.#response++;
    this.tunnel =
      (status === 101 && asked === "upgrade") || (asked === "CONNECT" && status >= 200 && status < 300);
    if (this.tunnel) this.#awaitsFinal = false;
    if (this.tunnel) return TUNNEL;
    return asked === "HEAD" || status < 200 ? NO_CONTENT : GO_ON;
  }

  content(text: string): void {
    this.#verdict.content(text);
  }

  end(trailers: readonly string[]): void {
    writeLines(trailers, (name, value) => this.#verdict.trailer(name, value));
    this.#verdict.end();
    this.#inMessage = false;
  }

  get betweenMessages(): boolean {
    return !this.#inMessage;
  }

  closed(): Verdict {
    return this.#awaitsFinal ? this.#verdict.broken("no final response") : this.#verdict.clean();
  }

  leftover(bytes: Uint8Array): Verdict {
    return this.#verdict.leftover(bytes);
  }

  broken(reason: string): Verdict {
    return this.#verdict.broken(reason);
  }

  #head(startLine: string, lines: readonly string[]): void {
    this.#inMessage = true;
    this.#verdict.head(startLine);
    writeLines(lines, (name, value) => this.#verdict.field(name, value));
  }
}

/** llhttp leaves the whitespace after a value to its user. Node removes that whitespace, too. */
function writeLines(lines: readonly string[], write: (name: string, value: string) => void): void {
  for (let i = 0; i < lines.length; i += 2) {
    write(lines[i] as string, (lines[i + 1] as string).replace(/[ \t]+$/, ""));
  }
}
