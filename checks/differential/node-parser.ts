import { createRequire } from "node:module";
import type { Input } from "./input.ts";
import { LlhttpUser, METHOD_NAMES } from "./llhttp-user.ts";
import type { Verdict } from "./verdict.ts";

/** The part that we use of the parser behind node:http. Undocumented, and the same from Node 20 to 26. */
interface NodeParser {
  initialize(type: number, resource: object): void;
  execute(bytes: Uint8Array): number | (Error & { bytesParsed: number; code: string; reason: string });
  finish(): undefined | (Error & { code: string; reason: string });
  [callback: number]: unknown;
}

interface NodeParserClass {
  new (): NodeParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

// `process.binding("http_parser")` ended with Node 24. node:http itself takes the parser from here.
export const { HTTPParser } = createRequire(import.meta.url)("_http_common") as {
  HTTPParser: NodeParserClass;
};

/** Node's own parser: llhttp in native code, with Node's C++ around it. */
export class NodeOracle {
  readonly #parser = new HTTPParser();
  #user = new LlhttpUser({ reads: "request", asked: [], text: "" });
  #upgrade = false;
  #persistent = true;
  /**
   * After 32 field lines Node hands over field lines in groups, and the target with the first group; trailers likewise.
   */
  #lines: string[] = [];
  #target = "";

  constructor() {
    const parser = this.#parser;
    parser[HTTPParser.kOnHeaders] = (lines: string[], target: string) => {
      this.#lines.push(...lines);
      this.#target += target;
    };
    parser[HTTPParser.kOnHeadersComplete] = (
      major: number,
      minor: number,
      lines: string[] = this.#lines,
      method: number,
      target: string = this.#target,
      status: number,
      reason: string,
      upgrade: boolean,
      persistent: boolean,
    ) => {
      const version = `${major}.${minor}`;
      const name = METHOD_NAMES[method];
      this.#upgrade = upgrade;
      this.#persistent = persistent;
      this.#lines = [];
      this.#target = "";
      return name === undefined
        ? this.#user.responseHead(version, status, reason, lines)
        : this.#user.requestHead(name, target, version, lines);
    };
    parser[HTTPParser.kOnBody] = (bytes: Buffer) => this.#user.content(bytes.toString("latin1"));
    parser[HTTPParser.kOnMessageComplete] = () => {
      this.#user.end(this.#lines);
      this.#lines = [];
      this.#target = "";
    };
  }

  read(input: Input, bytes: Buffer): Verdict {
    const parser = this.#parser;
    const user = new LlhttpUser(input);
    // Node 20 reads an empty buffer as the end.
    if (bytes.length === 0) return user.closed();
    this.#user = user;
    this.#lines = [];
    this.#target = "";
    for (let at = 0; ; ) {
      parser.initialize(input.reads === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
      this.#upgrade = false;
      const read = parser.execute(bytes.subarray(at));
      if (read instanceof Error) {
        at += read.bytesParsed;
        // llhttp counts the octet that it cannot place as parsed.
        if (read.code === "HPE_CLOSED_CONNECTION") return user.leftover(bytes.subarray(at - 1));
        return user.broken(`${read.code}: ${read.reason}`);
      }
      at += read;
      if (user.tunnel) return user.leftover(bytes.subarray(at));
      // After a request for an upgrade the parser reports no errors, not even those in the content.
      if (this.#upgrade && !user.betweenMessages) return user.broken("stopped in the content");
      if (at === bytes.length) break;
      // The parser stops after a request for an upgrade. No upgrade is granted here, so a new parser goes on.
      if (!this.#persistent) return user.leftover(bytes.subarray(at));
    }
    const unfinished = this.#upgrade ? undefined : parser.finish();
    return unfinished === undefined ? user.closed() : user.broken(`${unfinished.code}: ${unfinished.reason}`);
  }
}
