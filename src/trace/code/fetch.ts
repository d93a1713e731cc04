import { latin1 } from "../../bytes/text.ts";
import { fieldValue } from "../message-stream.ts";
import type { CodeRequest, CodeServer } from "./request.ts";
import { shownText } from "./shell.ts";

/** Fields that fetch makes by itself, or refuses. */
const OF_FETCH: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The request as a call of fetch, in JavaScript. What fetch does by itself is said in a comment. */
export function fetchCode(request: CodeRequest, server: CodeServer): string {
  const { method, target, fields, content } = request;
  if (server.path !== undefined) return "// fetch has no Unix sockets";
  if (method === "CONNECT" || method === "TRACE") return `// fetch has no ${method}`;
  const origin = server.origin;
  const own = fields.filter(([name]) => OF_FETCH.has(name.toLowerCase())).map(([name]) => name);
  const given = fields.filter(([name]) => !OF_FETCH.has(name.toLowerCase()));
  const hasContent = content.length > 0 && method !== "GET" && method !== "HEAD";
  const members = [
    ...(method === "GET" ? [] : [`  method: ${quoted(method)},`]),
    ...(given.length === 0 ? [] : ["  headers: [", ...given.map(lineOf), "  ],"]),
    ...(hasContent ? [`  body: ${bodyOf(content)},`] : []),
    '  redirect: "manual",',
  ];
  const url = target.startsWith("/") ? `${origin}${target}` : `${origin}/`;
  return [
    ...(own.length > 0 ? [`// fetch makes by itself: ${own.join(", ")}`] : []),
    ...(!target.startsWith("/") ? [`// the target was ${quoted(target)}`] : []),
    ...(content.length > 0 && !hasContent ? [`// fetch sends no content with ${method}`] : []),
    ...(hasContent && fieldValue(fields, "content-type") === undefined
      ? ["// fetch adds a Content-Type"]
      : []),
    `await fetch(${quoted(url)}, {`,
    ...members,
    "});",
  ].join("\n");
}

const lineOf = ([name, value]: readonly [string, string]): string =>
  `    [${quoted(name)}, ${quoted(value)}],`;

function bodyOf(content: Uint8Array): string {
  const text = shownText(content);
  if (text !== undefined) return quoted(text);
  return `Uint8Array.from(atob(${quoted(btoa(latin1(content)))}), (octet) => octet.charCodeAt(0))`;
}

/** A string of JavaScript in which only ASCII stands. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
