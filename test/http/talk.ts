import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";

/** One response, as read by a client that does not know this project. */
export interface Answer {
  readonly status: number;
  readonly version: string;
  readonly reason: string;
  /** Lower-case names; values of one name joined with a comma. */
  readonly fields: ReadonlyMap<string, string>;
  readonly content: string;
}

export interface Talk {
  readonly answers: readonly Answer[];
  /** The statuses in their order, also informational ones: `100 200 400`. */
  readonly statuses: string;
  /** Everything that came, as latin1. */
  readonly text: string;
}

export interface TalkOptions {
  /** The methods of the requests, if they decide the framing of the answers. Otherwise GET. */
  readonly methods?: readonly string[];
  readonly secure?: boolean;
}

const LAST_WORD = "GET /last-word HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** The status with which the server under test answers `/last-word`, and no other request. */
export const LAST_WORD_STATUS = 299;

/**
 * Sends raw bytes to a server, then one more request, which ends the connection. So the test ends without waiting. If
 * the server has kept the connection, it answers that last request: `kept` says so, and the answer is left out here.
 */
export async function talk(
  port: number,
  request: string,
  { methods = [], secure = false }: TalkOptions = {},
): Promise<Talk & { readonly kept: boolean }> {
  const text = await untilEnd(port, `${request}${LAST_WORD}`, secure);
  const answers = readAnswers(text, methods);
  const kept = answers.at(-1)?.status === LAST_WORD_STATUS;
  if (kept) answers.pop();
  return { answers, statuses: answers.map(({ status }) => status).join(" "), text, kept };
}

/** Everything that comes back until the server ends. */
export async function untilEnd(port: number, request: string, secure = false): Promise<string> {
  const options = { host: "127.0.0.1", port };
  const socket = secure ? tls.connect({ ...options, rejectUnauthorized: false }) : net.connect(options);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(request, "latin1");
  await once(socket, "end");
  socket.destroy();
  return Buffer.concat(chunks).toString("latin1");
}

/** @throws if the bytes are not a sequence of complete responses. */
function readAnswers(text: string, methods: readonly string[]): Answer[] {
  const answers: Answer[] = [];
  for (let at = 0, finals = 0; at < text.length; ) {
    const headEnd = text.indexOf("\r\n\r\n", at);
    const [statusLine = "", ...lines] = text.slice(at, headEnd).split("\r\n");
    const [, version = "", code = "", reason = ""] = /^HTTP\/(\d\.\d) (\d{3}) (.*)$/.exec(statusLine) ?? [];
    if (code === "") throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
    const fields = new Map<string, string>();
    for (const line of lines) {
      const [, name = "", value = ""] = /^([^:\s]+): ?(.*)$/.exec(line) ?? [];
      const before = fields.get(name.toLowerCase());
      fields.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`);
    }
    const status = Number(code);
    at = headEnd + 4;
    let content = "";
    if (status >= 200) {
      const method = methods[finals++] ?? "GET";
      if (method !== "HEAD" && status !== 204 && status !== 304) {
        [content, at] = fields.has("transfer-encoding")
          ? readChunks(text, at)
          : readLength(text, at, fields.get("content-length"));
      }
    }
    answers.push({ status, version, reason, fields, content });
  }
  return answers;
}

function readLength(text: string, at: number, length: string | undefined): [string, number] {
  const end = length === undefined ? text.length : at + Number(length);
  if (end > text.length) throw new Error(`${end - text.length} bytes of content are missing`);
  return [text.slice(at, end), end];
}

function readChunks(text: string, start: number): [string, number] {
  let content = "";
  for (let at = start; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) return [content, text.indexOf("\r\n\r\n", lineEnd) + 4];
    content += text.slice(at, at + size);
    at += size + 2;
    if (!(at <= text.length)) throw new Error("a chunk is missing");
  }
}
