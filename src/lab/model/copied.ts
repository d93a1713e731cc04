import { curlCommand, latin1, latin1Bytes, printfCommand } from "../../browser.ts";

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
      return printfCommand(bytes);
    default:
      return form satisfies never;
  }
}

/** The first request as a command line of curl. What is no request gives an empty text. */
function asCurl(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  const [startLine = "", ...lines] = text.slice(0, end === -1 ? text.length : end).split("\r\n");
  const [method, target, version = "HTTP/1.1"] = startLine.split(" ");
  if (method === undefined || target === undefined || method.startsWith("HTTP/")) return "";
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const host = fields.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "localhost";
  const content = latin1Bytes(end === -1 ? "" : text.slice(end + 4));
  return curlCommand({ method, target, version, fields, content }, { origin: `http://${host}` });
}
