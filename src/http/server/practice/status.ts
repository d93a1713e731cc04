import type { Answer, ServerRequest } from "../handler.ts";
import { integer, outOfRange } from "./arguments.ts";

/** One status of the list, by chance. */
export function status(
  request: ServerRequest,
  list: string,
  random: () => number,
  methods: readonly string[],
): Answer {
  const codes = list.split(",").map((code) => integer(code, 200, 599));
  const known = codes.filter((code) => code !== undefined);
  if (known.length !== codes.length)
    return outOfRange("/status/CODES", "200 to 599, or several with commas between");
  const code = known[Math.floor(random() * known.length)] as number;
  return { status: code, fields: fieldsOfStatus(code, request, methods) };
}

/** The field that a status must have beside it. */
function fieldsOfStatus(
  code: number,
  { method }: ServerRequest,
  methods: readonly string[],
): [string, string][] {
  switch (code) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return [["Location", "/redirect/1"]];
    case 401:
      return [["WWW-Authenticate", 'Basic realm="practice"']];
    case 407:
      return [["Proxy-Authenticate", 'Basic realm="practice"']];
    case 405:
      return [["Allow", methods.filter((other) => other !== method).join(", ")]];
    default:
      return [];
  }
}
