import { METHOD_NAMES } from "../differential/llhttp-user.ts";
import { HTTPParser } from "../differential/node-parser.ts";
import type { Message } from "./reader.ts";

const parser = new HTTPParser();

/** The messages that Node's own parser reads; `undefined` if the parser refuses the bytes. */
export function messagesByNode(wire: string, kind: "request" | "response"): Message[] | undefined {
  const messages: Message[] = [];
  let start: [string, string, string] = ["", "", ""];
  let fields: [string, string][] = [];
  let trailers: [string, string][] = [];
  let content = "";
  let lines: string[] = [];
  parser.initialize(kind === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
  parser[HTTPParser.kOnHeaders] = (more: string[]) => {
    lines.push(...more);
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    all: string[] | undefined,
    method: number,
    target: string,
    status: number,
    reason: string,
  ) => {
    const version = `HTTP/${major}.${minor}`;
    start =
      kind === "request" ? [METHOD_NAMES[method] ?? "", target, version] : [version, String(status), reason];
    fields = pairs(all ?? lines);
    lines = [];
    content = "";
    return 0;
  };
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
    content += bytes.toString("latin1");
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    trailers = pairs(lines);
    lines = [];
    messages.push({ start, fields, content, trailers });
  };
  return parser.execute(Buffer.from(wire, "latin1")) instanceof Error ? undefined : messages;
}

function pairs(lines: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < lines.length; i += 2) found.push([lines[i] ?? "", lines[i + 1] ?? ""]);
  return found;
}
