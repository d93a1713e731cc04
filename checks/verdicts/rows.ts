import { PROTOCOL_ERRORS, type ProtocolErrorCode } from "../../src/http1/errors.ts";
import { readCases, type WireCase } from "../../wire/case.ts";
import { readVerdicts } from "../../wire/verdicts.ts";

/** One input with its verdict: bytes from wire/, the wanted verdict from wire/verdicts.md. */
export interface Row {
  readonly id: string;
  readonly reads: "request" | "response";
  readonly wire: WireCase;
  /** In the words of verdicts.md: `400 close`, `200:5`, `INVALID_STATUS`. */
  readonly wanted: string;
  /** The rule that the input breaks: `BARE_LF [RFC 9112 §2.2]`. */
  readonly rule: string | undefined;
}

export function readRows(): Row[] {
  const verdicts = readVerdicts();
  return readCases().flatMap((wire) => {
    const { row: id, reads } = wire;
    const verdict = id === undefined ? undefined : verdicts.get(`${reads} ${id}`);
    if (id === undefined || verdict === undefined) return [];
    return [{ id, reads, wire, wanted: verdict.live, rule: ruleOf(wire) }];
  });
}

function ruleOf({ events }: WireCase): string | undefined {
  const code = events.map((line) => /^error (\w+)/.exec(line)?.[1]).find((found) => found !== undefined);
  return code === undefined ? undefined : `${code} [${PROTOCOL_ERRORS[code as ProtocolErrorCode][1]}]`;
}

/** The complete requests of a case, written as the handler writes what it saw. */
export function requestsIn({ events }: WireCase): string[] {
  const requests: string[] = [];
  let head = "";
  let content = "";
  for (const line of events) {
    const [word = "", rest = ""] = split(line);
    if (word === "request") [head, content] = [rest.slice(0, rest.lastIndexOf(" ")), ""];
    else if (word === "data") content = rest.slice(1, -1);
    else if (word === "end") requests.push(`${head} "${content}"`);
  }
  return requests;
}

const split = (line: string): [string, string] => {
  const blank = `${line} `.indexOf(" ");
  return [line.slice(0, blank), line.slice(blank + 1)];
};
