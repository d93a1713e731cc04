import { fieldValue } from "../message-stream.ts";
import type { CodeRequest, CodeServer } from "./request.ts";
import { printfCommand, shellWord, shownText } from "./shell.ts";

/** A word of a command line may not be much longer than this (128 KiB on Linux). */
const MAX_WORD_BYTES = 64 * 1024;
/** Larger content makes curl ask for 100 (Continue). */
const EXPECTS_BYTES = 1024 * 1024;

/**
 * The request as a command line of curl for a POSIX shell, which sends the same bytes, except that curl writes Host first
 * and cuts chunks in its own way.
 */
export function curlCommand(request: CodeRequest, server: CodeServer): string {
  const { method, content } = request;
  const words = ["curl", ...methodWords(method), ...(request.version === "HTTP/1.0" ? ["-0"] : [])];
  for (const line of fieldLines(request, server)) words.push("-H", shellWord(line));
  let pipe = "";
  if (content.length > 0) {
    const text = content.length > MAX_WORD_BYTES ? undefined : shownText(content);
    if (text === undefined) {
      pipe = `${printfCommand(content)} | `;
      words.push("--data-binary", "@-");
    } else words.push("--data-raw", `'${text.replaceAll("'", "'\\''")}'`);
  }
  if (server.path !== undefined) words.push("--unix-socket", shellWord(server.path));
  return `${pipe}${[...words, ...urlWords(request.target, server)].join(" ")}`;
}

function methodWords(method: string): string[] {
  if (method === "GET") return [];
  // With -X HEAD curl would wait for content.
  return method === "HEAD" ? ["-I"] : ["-X", shellWord(method)];
}

/** Lines of -H: what is there, in its order, and what curl would add by itself. */
function fieldLines(request: CodeRequest, { origin }: CodeServer): string[] {
  const { fields, content } = request;
  const hosts = fields.filter(([name]) => name.toLowerCase() === "host");
  const isOwnHost = hosts.length === 1 && hosts[0]?.[1] === origin.replace(/^\w+:\/\//, "");
  const isOwnLength = (index: number) => content.length > 0 && index === fields.length - 1;
  const lines = fields.flatMap(([name, value], index) => {
    const key = name.toLowerCase();
    if ((key === "host" && isOwnHost) || (key === "content-length" && isOwnLength(index))) return [];
    return [value === "" ? `${name};` : `${name}: ${value}`];
  });
  const unwanted = ["User-Agent", "Accept"];
  if (hosts.length === 0) unwanted.push("Host");
  if (content.length > 0) unwanted.push("Content-Type");
  if (content.length > EXPECTS_BYTES) unwanted.push("Expect");
  const missing = unwanted.filter((name) => fieldValue(fields, name.toLowerCase()) === undefined);
  return [...lines, ...missing.map((name) => `${name}:`)];
}

function urlWords(target: string, { origin }: CodeServer): string[] {
  if (!target.startsWith("/")) return ["--request-target", shellWord(target), shellWord(`${origin}/`)];
  return [
    ...(/\/\.{1,2}(?:[/?]|$)/.test(target) ? ["--path-as-is"] : []),
    ...(/[[\]{}]/.test(target) ? ["-g"] : []),
    ...(target.includes("#") ? ["--request-target", shellWord(target)] : []),
    shellWord(`${origin}${target.replace(/#.*/s, "")}`),
  ];
}
