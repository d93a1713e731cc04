/** What a part of a trace is: a line of ours, or octets of a head or of content, sent or received. */
export type Part = "text" | "head-out" | "head-in" | "data-out" | "data-in";

/** plain: the lines of -v. hex: --trace. ascii: --trace-ascii. */
export type TraceForm = "plain" | "hex" | "ascii";

const SIGNS: Readonly<Record<Part, string>> = {
  text: "* ",
  "head-out": "> ",
  "head-in": "< ",
  "data-out": "} ",
  "data-in": "{ ",
};

const LABELS: Readonly<Record<Exclude<Part, "text">, string>> = {
  "head-out": "=> Send header",
  "head-in": "<= Recv header",
  "data-out": "=> Send data",
  "data-in": "<= Recv data",
};

/** The format of curl 8 for one trace. Each character of a text stands for one octet. */
export class TraceFormat {
  readonly #form: TraceForm;
  readonly #showsData: boolean;
  /** Octets of content were told, and no head since: -v tells of the first ones only. */
  #dataTold = false;

  /** `showsData`: -v tells of content, since the content itself is not beside it on a terminal. */
  constructor(form: TraceForm, showsData: boolean) {
    this.#form = form;
    this.#showsData = showsData;
  }

  /** `prefix`: the time and the numbers in front of the line, if they are asked for. */
  format(part: Part, octets: string, prefix: string): string {
    if (this.#form === "plain") return this.#plain(part, octets, prefix);
    if (part === "text") return `${prefix}* ${octets}\n`;
    const hex = octets.length.toString(16);
    return `${prefix}${LABELS[part]}, ${octets.length} bytes (0x${hex})\n${this.#dump(octets)}`;
  }

  #plain(part: Part, octets: string, prefix: string): string {
    const ahead = `${prefix}${SIGNS[part]}`;
    if (part === "text" || part === "head-in" || part === "head-out") {
      this.#dataTold = false;
      const lines = octets.replace(/\n$/, "").split("\n");
      return lines.map((line) => `${ahead}${line}\n`).join("");
    }
    if (this.#dataTold || !this.#showsData) return "";
    this.#dataTold = true;
    return `${ahead}[${octets.length} bytes data]\n`;
  }

  #dump(octets: string): string {
    const rows = this.#form === "hex" ? hexRows(octets) : asciiRows(octets);
    return [...rows].map(([offset, row]) => `${offset.toString(16).padStart(4, "0")}: ${row}\n`).join("");
  }
}

type Row = readonly [offset: number, text: string];

const HEX_WIDTH = 16;
const ASCII_WIDTH = 64;

function* hexRows(octets: string): Generator<Row> {
  for (let at = 0; at < octets.length; at += HEX_WIDTH) {
    const row = octets.slice(at, at + HEX_WIDTH);
    const hex = [...row].map((octet) => `${octet.charCodeAt(0).toString(16).padStart(2, "0")} `).join("");
    yield [at, hex.padEnd(3 * HEX_WIDTH) + visible(row)];
  }
}

/** A CRLF ends a row, too, also one that stands right behind a full row. */
function* asciiRows(octets: string): Generator<Row> {
  for (let at = 0; at < octets.length; ) {
    const lineEnd = octets.indexOf("\r\n", at);
    const isShort = lineEnd !== -1 && lineEnd <= at + ASCII_WIDTH;
    const end = isShort ? lineEnd : Math.min(octets.length, at + ASCII_WIDTH);
    yield [at, visible(octets.slice(at, end))];
    at = isShort ? lineEnd + 2 : end;
  }
}

const visible = (octets: string): string => octets.replace(/[^\x20-\x7e]/g, ".");
