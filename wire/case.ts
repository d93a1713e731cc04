import { readdirSync, readFileSync } from "node:fs";
import { latin1Bytes } from "../src/bytes/text.ts";
import type { Http1Leniency } from "../src/http1/leniency.ts";
import { type Http1Limits, SERVER_LIMITS } from "../src/http1/limits.ts";
import { ROOT } from "../test/support/root.ts";

/** One input of a case; README.md describes the notation. */
export interface WireCase {
  readonly file: string;
  /** Of the document. */
  readonly title: string;
  readonly heading: string;
  readonly row: string | undefined;
  readonly reads: "request" | "response";
  /** The bytes as the document has them, on one line. */
  readonly notation: string;
  readonly bytes: Uint8Array;
  readonly methods: readonly string[];
  readonly upgrade: boolean;
  readonly answer: number;
  readonly closes: boolean;
  readonly leniency: Http1Leniency;
  readonly limits: Partial<Http1Limits>;
  readonly events: readonly string[];
  readonly spans: readonly string[] | undefined;
}

type Input = Omit<WireCase, "events" | "spans">;

const FOLDER = new URL("wire/", ROOT);
const NOT_CASES = ["README.md", "verdicts.md"];
const LENIENCIES = [
  "bareLf",
  "equalContentLengths",
  "obsFold",
  "forbiddenTrailers",
  "anyFieldName",
  "controlOctets",
  "looseStatusLine",
  "http09",
  "idleCodings",
  "otherCodings",
  "codingWins",
  "ignoreContentLength",
  "anyChunkExt",
  "unaskedSwitch",
];

export function readCases(): WireCase[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".md") && !NOT_CASES.includes(name));
  return files.flatMap((file) => casesOf(file, readFileSync(new URL(file, FOLDER), "utf8")));
}

function casesOf(file: string, document: string): WireCase[] {
  const cases: WireCase[] = [];
  const title = document.slice(2, document.indexOf("\n"));
  for (const section of document.split(/^## /m).slice(1)) {
    const heading = section.slice(0, section.indexOf("\n"));
    let inputs: Input[] = [];
    for (const [, info = "", content = ""] of section.matchAll(/^```([^\n]+)\n(.*?)^```$/gms)) {
      const lines = content.split("\n").slice(0, -1);
      if (info === "events") {
        const events = lines.flatMap(repeatedLine);
        cases.push(...inputs.map((input) => ({ ...input, events, spans: undefined })));
        inputs = [];
      } else if (info === "spans") {
        const last = cases.pop();
        if (last === undefined) throw new Error(`${file}: spans without a case: ${heading}`);
        cases.push({ ...last, spans: lines.map(expand) });
      } else {
        inputs.push(inputOf({ file, title, heading }, info, lines.join("")));
      }
    }
    if (inputs.length > 0) throw new Error(`${file}: no events: ${heading}`);
  }
  return cases;
}

function inputOf(place: Pick<WireCase, "file" | "title" | "heading">, info: string, notation: string): Input {
  const { file } = place;
  const [reads, ...words] = info.split(" ");
  if (reads !== "request" && reads !== "response") throw new Error(`${file}: unknown block ${info}`);
  const options = new Map<string, string>();
  for (const word of words) {
    const [name = "", value = ""] = word.split("=");
    options.set(name, value);
  }
  const take = (name: string): string | undefined => {
    const value = options.get(name);
    options.delete(name);
    return value;
  };
  const input: Input = {
    ...place,
    row: take("row"),
    reads,
    notation,
    bytes: latin1Bytes(expand(notation)),
    methods: (take("to") ?? "GET").split(","),
    upgrade: take("upgrade") !== undefined,
    answer: Number(take("answer") ?? 200),
    closes: take("closes") !== undefined,
    leniency: Object.fromEntries(LENIENCIES.map((name) => [name, take(name) !== undefined])),
    limits: Object.fromEntries(
      Object.keys(SERVER_LIMITS).flatMap((name) => {
        const value = take(name);
        return value === undefined ? [] : [[name, Number(value)]];
      }),
    ),
  };
  if (options.size > 0) throw new Error(`${file}: unknown words in ${info}`);
  return input;
}

function repeatedLine(line: string): string[] {
  const repeated = /^(\d+)× (.*)$/.exec(line);
  return repeated === null ? [expand(line)] : Array(Number(repeated[1])).fill(expand(repeated[2] ?? ""));
}

/** The octets that the notation stands for, as latin1 text. */
function expand(notation: string): string {
  const repeated = notation.replace(/(\d+)×\{([^}]*)\}/g, (_, count: string, what: string) =>
    what.repeat(Number(count)),
  );
  const text = repeated.replace(/⏎|\\x[0-9a-f]{2}|\\./g, (mark) => {
    if (mark === "⏎") return "\r\n";
    if (mark.startsWith("\\x")) return String.fromCharCode(Number.parseInt(mark.slice(2), 16));
    const octet = { "\\r": "\r", "\\n": "\n", "\\t": "\t", "\\\\": "\\" }[mark];
    if (octet === undefined) throw new Error(`unknown escape ${mark} in ${notation}`);
    return octet;
  });
  if (/[^\0-\xff]/.test(text)) throw new Error(`no octet: ${notation}`);
  return text;
}
