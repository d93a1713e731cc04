import { latin1 } from "../../browser.ts";

/** The forms in which bytes can be copied. */
export const COPY_FORMS = ["text", "hex", "curl", "printf"] as const;

/** One of the forms. */
export type CopyForm = (typeof COPY_FORMS)[number];

/** The bytes in a form for another program. */
export function copied(form: CopyForm, bytes: Uint8Array): string {
  switch (form) {
    case "text":
      return latin1(bytes);
    case "hex":
      return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join(" ");
    case "curl":
      return asCurl(latin1(bytes));
    case "printf":
      return `printf '${printfText(bytes)}'`;
    default:
      return form satisfies never;
  }
}

/** For the printf of any shell (POSIX): octal, since not every printf knows \x. */
function printfText(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) {
    const character = String.fromCharCode(octet);
    if (octet === 0x0d) text += "\\r";
    else if (octet === 0x0a) text += "\\n";
    else if (/[A-Za-z0-9 .,:;/?=&_*+@#!()<>{}[\]"-]/.test(character)) text += character;
    else text += `\\${octet.toString(8).padStart(3, "0")}`;
  }
  return text;
}

/** The first request as a command line of curl. What is no request gives an empty text. */
function asCurl(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  const [startLine = "", ...lines] = text.slice(0, end === -1 ? text.length : end).split("\r\n");
  const [method, target] = startLine.split(" ");
  if (method === undefined || target === undefined || method.startsWith("HTTP/")) return "";
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const host = fields.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "localhost";
  const content = end === -1 ? "" : text.slice(end + 4);
  const words = ["curl"];
  if (method !== "GET") words.push("-X", shellWord(method));
  for (const [name, value] of fields)
    if (!OF_CURL.has(name.toLowerCase())) words.push("-H", shellWord(`${name}: ${value}`));
  if (content !== "") words.push("--data-binary", shellWord(content));
  words.push(shellWord(target.startsWith("/") ? `http://${host}${target}` : target));
  return words.join(" ");
}

/** Fields that curl makes by itself, from the URL and the content. */
const OF_CURL: ReadonlySet<string> = new Set(["host", "content-length"]);

/** A word for a POSIX shell: nothing in single quotes has a special meaning. */
const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
