import { GAPS } from "./gaps.ts";

// What a case says: one command line of curl, and a server that answers as the case tells. A case is run with a real curl and
// with `wirepane curl`; both must send the same bytes, print the same, leave the same files and end with the same exit code.
//
// In a line these words stand for others:
//     URL  HOST  PORT      the server: http://127.0.0.1:41234, 127.0.0.1:41234, 41234
//     URL2 HOST2 PORT2     a second server, with `answers2`
//     TLS  TLS2            https://localhost:PORT: the server speaks TLS to those who begin with TLS
//     URL6 HOST6           http://[::1]:PORT
//     GONE                 a port where nobody listens
//     DIR                  the folder in which the command runs
//     PIN                  what --pinnedpubkey takes for the server's key
//     SOCK                 the path of a Unix socket of the server
// A line that names one of the files in files.ts (ca.pem, me.pem, …) finds it in its folder.

/** A command line without `curl`, or that and more. */
export type CurlCase = string | DetailedCase;

export interface DetailedCase {
  /** Split at spaces; 'single' and "double" quotes keep a word together, as in a shell without escapes. */
  readonly line: string | readonly string[];
  /** What is special, where the line does not tell. */
  readonly what?: string;
  /** Default: `hello` with a Content-Length, to every request. */
  readonly answers?: Answers;
  readonly answers2?: Answers;
  /** To CONNECT, in turn. Default: `200 Connection established`. */
  readonly connect?: Answers;
  /** What the server says before it reads requests: waits for a match, takes it, and sends. */
  readonly first?: readonly (readonly [wait: RegExp, send: string])[];
  /** Octets per write. Default: 20. */
  readonly piece?: number;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Replaced by … on both sides before they are compared: times, local ports. */
  readonly hide?: RegExp;
  /** stderr is compared too: whether there is any, the heads that -v prints (lines with > and <), or the warnings. */
  readonly stderr?: "whether" | "heads" | "warnings";
  /** The mode (octal) and the day of files are compared too. */
  readonly stat?: boolean;
  /** Connections come in any order: parallel transfers. */
  readonly anyOrder?: boolean;
  /** A known fault: what is not the same yet. The test leaves the case out (gaps.ts). */
  readonly gap?: string;
  /** Different on purpose, and why. */
  readonly differs?: string;
  /**
   * We refuse it, and why: nothing is sent, one line is said, with an exit code of curl's. A case need not tell it of an
   * option that the table (src/cli/curl/table.ts) refuses.
   */
  readonly refused?: string | undefined;
}

/**
 * The first request gets the first answer, whatever connection it comes on; the last answer is for all that follow. Or by the
 * path of the request, up to its query; "*" is for all others.
 */
export type Answers = Answer | readonly Answer[] | Readonly<Record<string, Answer>>;

export type Answer = string | DetailedAnswer;

export interface DetailedAnswer {
  /** One code unit of the text is one octet. */
  readonly bytes: string;
  /** Default: keep. A CONNECT that was answered with 2xx goes on as a new connection. "cut": TCP ends, and TLS does not. */
  readonly end?: "keep" | "close" | "cut" | "reset";
  /** The answer comes when the head has come, before the content of the request. */
  readonly early?: boolean;
  /** What an `Expect: 100-continue` gets. Default: `HTTP/1.1 100 Continue`. */
  readonly interim?: string;
}

export interface Topic {
  readonly name: string;
  /** A heading of docs/curl.md. */
  readonly title: string;
  readonly cases: readonly DetailedCase[];
}

/** A topic from its cases; what stands in `shared` holds for each case that does not say otherwise. */
export function topic(
  name: string,
  title: string,
  cases: readonly CurlCase[],
  shared: Omit<DetailedCase, "line"> = {},
): Topic {
  const detailed = cases.map((given) => (typeof given === "string" ? { line: given } : given));
  return { name, title, cases: detailed.map((given) => ({ ...shared, ...given, ...gapOf(name, given) })) };
}

function gapOf(topicName: string, given: DetailedCase): { readonly gap?: string } {
  const gap = GAPS[topicName]?.[gapKey(given)];
  return gap === undefined ? {} : { gap };
}

/** How gaps.ts names a case: its line, and what its answer is. */
const gapKey = ({ line, what = "" }: DetailedCase): string => `${line} ${what}`.trim();

/** The same for several lines. */
export function each(lines: readonly string[], shared: Omit<DetailedCase, "line">): readonly DetailedCase[] {
  return lines.map((line) => ({ ...shared, line }));
}

/** `HTTP/1.1 200 OK` with a Content-Length. */
export function ok(content = "hello\n", ...fields: readonly string[]): string {
  return answer("200 OK", content, ...fields);
}

export function answer(status: string, content = "", ...fields: readonly string[]): string {
  return head(status, `Content-Length: ${content.length}`, ...fields) + content;
}

export function head(status: string, ...fields: readonly string[]): string {
  return [`HTTP/1.1 ${status}`, ...fields, "", ""].join("\r\n");
}

/** A redirect with a little content. */
export function to(location: string, status = "302 Found", ...fields: readonly string[]): string {
  return answer(status, "moved\n", `Location: ${location}`, ...fields);
}

/** Content that ends with the connection. */
export function untilClose(content: string, ...fields: readonly string[]): Answer {
  return { bytes: head("200 OK", ...fields) + content, end: "close" };
}

export function chunked(chunks: readonly string[], fields: readonly string[] = [], trailers = ""): string {
  const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
  return `${head("200 OK", "Transfer-Encoding: chunked", ...fields)}${framed}0\r\n${trailers}\r\n`;
}

/** The words of a line. */
export function wordsOf(line: string | readonly string[]): readonly string[] {
  if (typeof line !== "string") return line;
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
}

/** The line as a person reads it. */
export function shown({ line }: DetailedCase): string {
  if (typeof line === "string") return line;
  return line.map((word) => (/^[\w./:@=,%+-]+$/.test(word) ? word : `'${word}'`)).join(" ");
}
