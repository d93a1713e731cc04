import { Buffer } from "node:buffer";
import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { percentEncoded } from "./octets.ts";
import { jsonEscaped } from "./write-out.ts";

/** What `--variable` says. Every text is octets. */
export type VariableSetting =
  | { readonly type: "content"; readonly name: string; readonly content: string }
  /** The caller reads octets `start` to `end` of the file, both included. "-" is standard input. */
  | {
      readonly type: "file";
      readonly name: string;
      readonly path: string;
      readonly start: number;
      readonly end: number;
    }
  /** curl warns and goes on. */
  | { readonly type: "skipped"; readonly warning: string };

const MAX_NAME_LENGTH = 127;

/**
 * Reads `name=content`, `name@file`, `name[1-3]@file`, `%NAME` and `%NAME=default`.
 *
 * @throws {CurlError} 2: the range is wrong, or the environment has no such variable.
 */
export function parseVariable(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): VariableSetting {
  const [, percent = "", name = "", rest = ""] = /^(%?)(\w*)(.*)$/s.exec(text) ?? [];
  if (name === "" || name.length > MAX_NAME_LENGTH) {
    return { type: "skipped", warning: `Bad variable name length (${name.length}), skipping` };
  }
  const fromOutside = percent === "" || !Object.hasOwn(environment, name) ? undefined : environment[name];
  if (percent !== "" && rest === "" && fromOutside === undefined) {
    throw new CurlError(EXIT.usage, `Variable '${name}' import fail, not set`);
  }
  const { start, end, behind } = takeRange(rest);
  if (fromOutside !== undefined) return { type: "content", name, content: fromOutside };
  if (behind.startsWith("@")) return { type: "file", name, path: behind.slice(1), start, end };
  if (behind.startsWith("="))
    return { type: "content", name, content: behind.slice(1).slice(start, end + 1) };
  return { type: "skipped", warning: `Bad --variable syntax, skipping: ${text}` };
}

function takeRange(text: string): { readonly start: number; readonly end: number; readonly behind: string } {
  if (!/^\[\d/.test(text)) return { start: 0, end: Number.MAX_SAFE_INTEGER, behind: text };
  const [whole = "", first, last] = /^\[(\d+)-(\d*)\]/.exec(text) ?? [];
  const start = Number(first);
  const end = last === "" ? Number.MAX_SAFE_INTEGER : Number(last);
  if (!(start <= end)) throw new CurlError(EXIT.usage, "syntax error in --variable argument");
  return { start, end, behind: text.slice(whole.length) };
}

/**
 * Replaces `{{name}}` and `{{name:function:…}}` (`--expand-…`). An unknown variable is "". `\{{` is `{{` if
 * something else is replaced; otherwise the text stays as it is, as in curl.
 *
 * @throws {CurlError} 2: an unknown function, or a value with NUL.
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  let replaced = false;
  const expanded = text.replace(/\\\{\{|\{\{(.*?)\}\}/gs, (whole, inside?: string) => {
    if (inside === undefined) return "{{";
    const [, name = "", functions = ""] = /^(\w*)(:.*)?$/s.exec(inside) ?? [];
    if (name === "" || name.length > MAX_NAME_LENGTH) return whole;
    replaced = true;
    return valueWithoutNul(applied(functions, variables.get(name) ?? ""));
  });
  return replaced ? expanded : text;
}

type Transform = (value: string) => string;

const FUNCTIONS: Readonly<Record<string, Transform>> = {
  trim: (value) => value.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, ""),
  json: jsonEscaped,
  url: percentEncoded,
  b64: (value) => Buffer.from(value, "latin1").toString("base64"),
  "64dec": fromBase64,
};

function applied(functions: string, value: string): string {
  if (functions === "") return value;
  const [whole = "", name = ""] = /^:(trim|json|url|b64|64dec)(?=:|$)/.exec(functions) ?? [];
  const transform = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (transform === undefined) {
    throw new CurlError(EXIT.usage, `unknown variable function in '${functions}'`);
  }
  return applied(functions.slice(whole.length), transform(value));
}

function fromBase64(value: string): string {
  const valid = value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  return valid ? Buffer.from(value, "base64").toString("latin1") : "[64dec-fail]";
}

function valueWithoutNul(value: string): string {
  if (value.includes("\0")) throw new CurlError(EXIT.usage, "variable contains NUL byte");
  return value;
}
