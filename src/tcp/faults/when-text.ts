import { FaultError } from "./fault-error.ts";
import { formatQuantity, parseQuantity } from "./quantity.ts";
import type { Range, When, WhenEvent } from "./when.ts";

/** The words of a fault that say when. */
export const WHEN_WORDS: readonly string[] = ["on", "every", "after", "from", "to"];

const EVENTS: readonly WhenEvent["kind"][] = ["head", "line", "chunk", "end"];
const NUMBERED = ["conn", "exchange", "line", "chunk"];

/**
 * Adds what one word says: `on=conn#1`, `every=5`, `after=1000B`, `from=2s`.
 *
 * @throws {FaultError}
 */
export function withWord(when: When, word: string, value: string): When {
  switch (word) {
    case "on":
      return withOn(when, value);
    case "every":
      return { ...when, every: counted("every", value) };
    case "after":
      return { ...when, after: parseQuantity("after", value, "bytes") };
    case "from":
      return { ...when, from: parseQuantity("from", value, "ms") };
    case "to":
      return { ...when, to: parseQuantity("to", value, "ms") };
    default:
      throw new FaultError(`"${word}" says nothing about when`, word, WHEN_WORDS);
  }
}

/** `conn#1,3-5`, `exchange#2-`, `head`, `line#2`, `chunk#3`, `end`. */
function withOn(when: When, value: string): When {
  const [, kind = "", ranges] = /^([^#]*)(?:#(.*))?$/.exec(value) ?? [];
  if (kind === "conn" && ranges !== undefined) {
    once("on=conn", when.connections);
    return { ...when, connections: parseRanges(value, ranges) };
  }
  if (kind === "exchange" && ranges !== undefined) {
    once("on=exchange", when.exchanges);
    return { ...when, exchanges: parseRanges(value, ranges) };
  }
  const event = EVENTS.find((each) => each === kind);
  if (event === undefined || (ranges !== undefined && !NUMBERED.includes(kind))) {
    const expected = ["conn#1", "conn#2-5,7", "exchange#2", "head", "line#2", "chunk#3", "end"];
    throw new FaultError(`on is one of ${expected.join(", ")}, not "${value}"`, kind, [
      ...NUMBERED,
      ...EVENTS,
    ]);
  }
  once("an HTTP event", when.event);
  return {
    ...when,
    event: ranges === undefined ? { kind: event } : { kind: event, index: counted(`on=${kind}#`, ranges) },
  };
}

function once(what: string, before: unknown): void {
  if (before !== undefined) throw new FaultError(`${what} is given twice`);
}

function parseRanges(value: string, text: string): Range[] {
  return text.split(",").map((part) => {
    const [, first = "", dash, last] = /^(\d{1,15})(?:(-)(\d{1,15})?)?$/.exec(part) ?? [];
    const range = {
      first: Number(first),
      last: dash === undefined ? Number(first) : last === undefined ? Number.POSITIVE_INFINITY : Number(last),
    };
    if (first !== "" && range.first >= 1 && range.last >= range.first) return range;
    throw new FaultError(`numbers count from 1, as in 1 or 2-5,7 or 3-; seen: "${value}"`);
  });
}

function counted(what: string, text: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number >= 1) return number;
  throw new FaultError(`${what} is a whole number from 1, not "${text}"`);
}

/** The words that `withWord` reads as this. */
export function formatWhen(when: When): string[] {
  const { connections, exchanges, event, every, after, from, to } = when;
  const words: string[] = [];
  if (connections) words.push(`on=conn#${formatRanges(connections)}`);
  if (exchanges) words.push(`on=exchange#${formatRanges(exchanges)}`);
  if (event) words.push(`on=${event.kind}${event.index === undefined ? "" : `#${event.index}`}`);
  if (every !== undefined) words.push(`every=${every}`);
  if (after !== undefined) words.push(`after=${formatQuantity(after, "bytes")}`);
  if (from !== undefined) words.push(`from=${formatQuantity(from, "ms")}`);
  if (to !== undefined) words.push(`to=${formatQuantity(to, "ms")}`);
  return words;
}

function formatRanges(ranges: readonly Range[]): string {
  return ranges
    .map(({ first, last }) => (last === first ? `${first}` : `${first}-${Number.isFinite(last) ? last : ""}`))
    .join(",");
}
