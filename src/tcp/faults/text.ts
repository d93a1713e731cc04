import { type Fault, type FaultStream, faultOf, kindOf } from "./fault.ts";
import { FaultError } from "./fault-error.ts";
import { formatQuantity, parseQuantity } from "./quantity.ts";
import type { When } from "./when.ts";
import { formatWhen, WHEN_WORDS, withWord } from "./when-text.ts";
import type { AttributeSpec, FaultKind } from "./work.ts";

/*
 *     [up:|down:] TYPE [MAIN[±SPREAD]] [WORD=VALUE…]
 *
 *     down:latency 100ms±20ms        cut after=1000B on=conn#1        up:bandwidth rate=64KB/s p=0.3 name=slow
 */

const DIRECTIONS: Readonly<Record<string, FaultStream>> = {
  up: "upstream",
  down: "downstream",
  upstream: "upstream",
  downstream: "downstream",
};

/**
 * Reads a fault: `down:latency 100ms±20ms`. A fault without a direction is "down:", as in toxiproxy.
 *
 * @throws {FaultError} that says what was seen and what was expected
 */
export function parseFault(text: string): Fault {
  const [head = "", ...words] = text.trim().split(/\s+/);
  const [, direction, type = ""] = /^(?:([^:]*):)?(.*)$/.exec(head) ?? [];
  if (type === "")
    throw new FaultError(`a fault is [up:|down:]TYPE, as in "down:latency 100ms", not "${text}"`);
  if (direction !== undefined && !Object.hasOwn(DIRECTIONS, direction))
    throw new FaultError(`a direction is up or down, not "${direction}"`, direction, Object.keys(DIRECTIONS));
  const kind = kindOf(type);
  if (direction !== undefined && kind.connection !== undefined)
    throw new FaultError(`${type} is for whole connections: it takes no direction, not "${direction}:"`);

  const attributes: Record<string, number | string> = {};
  let when: When = {};
  let name: string | undefined;
  let toxicity: number | undefined;
  const seen = new Set<string>();
  for (const word of words) {
    const equals = word.indexOf("=");
    if (equals === -1) {
      if (seen.has(""))
        throw new FaultError(`${type} takes one value without a name; one too many: "${word}"`);
      seen.add("");
      Object.assign(attributes, mainValue(kind, word));
      continue;
    }
    const key = word.slice(0, equals);
    const value = word.slice(equals + 1);
    if (seen.has(key) && key !== "on") throw new FaultError(`${key} is given twice`);
    seen.add(key);
    const spec = Object.hasOwn(kind.attributes, key) ? kind.attributes[key] : undefined;
    if (spec !== undefined) attributes[key] = attributeValue(key, value, spec);
    else if (WHEN_WORDS.includes(key)) when = withWord(when, key, value);
    else if (key === "name") name = decoded(value);
    else if (key === "p" || key === "toxicity") toxicity = share(key, value);
    else {
      const expected = [...Object.keys(kind.attributes), ...WHEN_WORDS, "p", "name"];
      throw new FaultError(`${type} has no "${key}"; it has ${expected.join(", ")}`, key, expected);
    }
  }
  const stream = direction === undefined ? undefined : DIRECTIONS[direction];
  return faultOf({ type, name, stream, toxicity, attributes, when });
}

/** The text of a fault: `parseFault` makes the same fault of it. */
export function formatFault(fault: Fault): string {
  const kind = kindOf(fault.type);
  const { attributes } = fault;
  const direction = kind.connection === undefined ? `${fault.stream === "upstream" ? "up" : "down"}:` : "";
  const words = [`${direction}${fault.type}`];
  const shown = (name: string): string => {
    const spec = kind.attributes[name];
    return spec && "unit" in spec
      ? formatQuantity(Number(attributes[name]), spec.unit)
      : String(attributes[name]);
  };
  const differs = (name: string): boolean => attributes[name] !== kind.attributes[name]?.default;
  const { main, spread } = kind;
  const hasSpread = spread !== undefined && differs(spread);
  if (main !== undefined && (differs(main) || hasSpread))
    words.push(hasSpread ? `${shown(main)}±${shown(spread)}` : shown(main));
  for (const name of Object.keys(kind.attributes))
    if (name !== main && name !== spread && differs(name)) words.push(`${name}=${shown(name)}`);
  words.push(...formatWhen(fault.when));
  if (fault.toxicity !== 1) words.push(`p=${fault.toxicity}`);
  const usualName = faultOf({ type: fault.type, stream: fault.stream }).name;
  if (fault.name !== usualName) words.push(`name=${encodeURIComponent(fault.name)}`);
  return words.join(" ");
}

/** `100ms±20ms`, also `100ms+-20ms`. */
function mainValue(kind: FaultKind, word: string): Record<string, number | string> {
  const { main, spread } = kind;
  const spec = main === undefined ? undefined : kind.attributes[main];
  if (main === undefined || spec === undefined) {
    const expected = [...Object.keys(kind.attributes), ...WHEN_WORDS, "p", "name"];
    throw new FaultError(`${kind.type} takes words such as on=conn#1, not "${word}"`, word, expected);
  }
  const [value = "", spreadValue, ...rest] = word.split(/±|\+-/);
  const spreadSpec = spread === undefined ? undefined : kind.attributes[spread];
  if (spreadValue === undefined) return { [main]: attributeValue(main, value, spec) };
  if (spread === undefined || spreadSpec === undefined || rest.length > 0)
    throw new FaultError(`${main} of ${kind.type} takes no ±, not "${word}"`);
  return {
    [main]: attributeValue(main, value, spec),
    [spread]: attributeValue(spread, spreadValue, spreadSpec),
  };
}

function attributeValue(name: string, text: string, spec: AttributeSpec): number | string {
  return "unit" in spec ? parseQuantity(name, text, spec.unit) : text;
}

function share(word: string, text: string): number {
  const number = /^\d*\.?\d+(?:e-?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new FaultError(`${word} is a number from 0 to 1, not "${text}"`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no percent-encoding: the text is the name
  }
}
