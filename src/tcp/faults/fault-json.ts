import { type Fault, type FaultStream, faultOf, kindOf } from "./fault.ts";
import { FaultError } from "./fault-error.ts";
import type { When } from "./when.ts";
import { formatWhen, WHEN_WORDS, withWord } from "./when-text.ts";

/**
 * A fault as toxiproxy's API shows a toxic. What toxiproxy lacks are attributes, too: `on` ("conn#1 chunk#3"), `every`,
 * `after` (bytes), `from` and `to` (milliseconds).
 */
export interface FaultJson {
  readonly name: string;
  readonly type: string;
  readonly stream: FaultStream;
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number | string>>;
}

/**
 * The fault of a toxic in JSON. What is missing has toxiproxy's default; attributes of no meaning are ignored.
 *
 * @throws {FaultError}
 */
export function faultOfJson(json: unknown): Fault {
  const { type, name, stream, toxicity, attributes } = objectOf("a fault", json);
  if (typeof type !== "string" || type === "") throw new FaultError("a fault has a type");
  kindOf(type);
  return faultOf({
    type,
    name: optional("name", name, (value): value is string => typeof value === "string"),
    stream: optional("stream", stream, isStream),
    toxicity: optional("toxicity", toxicity, (value): value is number => typeof value === "number"),
    attributes: attributes == null ? {} : objectOf("attributes", attributes),
    when: whenOf(attributes == null ? {} : objectOf("attributes", attributes)),
  });
}

/** The toxic in JSON that `faultOfJson` makes the same fault of. */
export function faultToJson(fault: Fault): FaultJson {
  const { name, type, stream, toxicity } = fault;
  const attributes: Record<string, number | string> = { ...fault.attributes };
  const on = formatWhen(fault.when).flatMap((word) => (word.startsWith("on=") ? [word.slice(3)] : []));
  if (on.length > 0) attributes.on = on.join(" ");
  for (const word of ["every", "after", "from", "to"] as const) {
    const value = fault.when[word];
    if (value !== undefined) attributes[word] = value;
  }
  return { name, type, stream, toxicity, attributes };
}

function whenOf(attributes: Readonly<Record<string, unknown>>): When {
  let when: When = {};
  for (const word of WHEN_WORDS) {
    const value = attributes[word];
    if (value == null || value === "") continue;
    if (typeof value !== "string" && typeof value !== "number")
      throw new FaultError(`${word} is a number or text, not ${JSON.stringify(value)}`);
    for (const part of String(value).trim().split(/\s+/)) when = withWord(when, word, part);
  }
  return when;
}

function objectOf(what: string, json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new FaultError(`${what} is an object, not ${JSON.stringify(json)}`);
}

function optional<T>(what: string, value: unknown, isRight: (value: unknown) => value is T): T | undefined {
  if (value == null || value === "") return undefined;
  if (isRight(value)) return value;
  throw new FaultError(`${what} cannot be ${JSON.stringify(value)}`);
}

function isStream(value: unknown): value is FaultStream {
  return value === "upstream" || value === "downstream";
}
