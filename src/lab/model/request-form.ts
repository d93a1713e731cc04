import { utf8Bytes } from "../../browser.ts";
import { textOf } from "./typed.ts";

/** A request in its parts, as a form asks for it. */
export interface FormRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: string;
}

/** The request as text to edit (`typed` reads it). A content gets its length, unless a field frames it already. */
export function requestText({ method, target, fields, content }: FormRequest): string {
  const bytes = utf8Bytes(content);
  const framed = fields.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const lines = [
    `${escaped(method)} ${escaped(target)} HTTP/1.1`,
    ...fields.map(([name, value]) => `${escaped(name)}: ${escaped(value)}`),
    ...(content === "" || framed ? [] : [`Content-Length: ${bytes.length}`]),
  ];
  return `${lines.join("\n")}\n\n${textOf(bytes)}`;
}

/** A line of a form is one line of the message: what would end it is escaped, and so seen. */
const escaped = (text: string): string => textOf(utf8Bytes(text)).replaceAll("\n", "\\r\\n");

/** Field lines of a text, "Name: value" in each line. Lines without a colon are names without a value. */
export function fieldsOf(text: string): [name: string, value: string][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const colon = line.indexOf(":");
      return colon === -1 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
}
