/*
 * The filter language of the page and of `wirepane trace grep`. Terms stand side by side, and all of them must match:
 *
 *     hello status:5xx method:GET,POST bytes>1000 time>50ms -path:/health field:content-type=json "two words"
 */

/** Where a conversation is, as a filter names it (`state:open`). */
export const CONVERSATION_STATES = [
  "connecting",
  "open",
  "half-closed",
  "closed",
  "reset",
  "failed",
] as const;

/** One of `CONVERSATION_STATES`. */
export type ConversationState = (typeof CONVERSATION_STATES)[number];

/** What a filter asks of a conversation, or of one exchange in it. A getter is called only if a term needs it. */
export interface Filterable {
  /** The number of the conversation, as it is shown: `connection:3`. */
  readonly number: number;
  /** `type:http` or `type:tcp`. */
  readonly kind: "http" | "tcp";
  /** `state:open`, `state:reset`, … */
  readonly state: ConversationState;
  /** The ends that were recorded: `role:server`. */
  readonly roles: readonly ("client" | "server")[];
  /** The host that was asked, or the address of the peer: `host:example`. */
  readonly host?: string | undefined;
  /** `method:POST`. */
  readonly method?: string | undefined;
  /** The request-target: `path:/hello`. */
  readonly target?: string | undefined;
  /** The status of the final response: `status:5xx`. */
  readonly status?: number | undefined;
  /** Bytes of both directions, or of the exchange: `bytes>1000`. */
  readonly bytes: number;
  /** How long it took, or takes so far: `time>50ms`. */
  readonly durationMs?: number | undefined;
  /** What went wrong, with its code: `error:reset`. Undefined if nothing did. */
  readonly error?: string | undefined;
  /** What is between client and server: `via:proxy`. Nothing by default. */
  readonly via?: readonly string[] | undefined;
  /** The names of the faults that a proxy made: `fault:latency`; `fault:` alone is any. None by default. */
  readonly faults?: readonly string[] | undefined;
  /** The field lines of both messages, trailers too: `field:content-type=json`. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What else a word is searched in: the content, or the bytes of a connection without HTTP. */
  readonly text: string;
}

/** A term that cannot be understood: say the message at `[start, end)` of the filter's text. */
export interface FilterError {
  /** What is wrong with the term, and what is right. */
  readonly message: string;
  /** Where the term begins in the text of the filter. */
  readonly start: number;
  /** Where the term ends. */
  readonly end: number;
}

/** One term of a filter. */
export interface FilterTerm {
  /** As it was written. */
  readonly text: string;
  /** Whether the term alone matches. */
  readonly matches: (item: Filterable) => boolean;
}

/** A filter that was understood, with its terms, or its first mistake. */
export type Filter =
  | {
      readonly matches: (item: Filterable) => boolean;
      readonly terms: readonly FilterTerm[];
      readonly error?: undefined;
    }
  | { readonly matches?: undefined; readonly error: FilterError };

type Test = (item: Filterable) => boolean;

/**
 * Reads a filter. Terms are separated by spaces, and all must match; a filter without terms matches everything.
 *
 * - A word is searched in what was asked and answered. Letter case does not count. `"two words"` is one word.
 * - `key:value`, `key:one,other`; numbers also as `bytes>1k`, `time<=50ms`, `status>=400`, `status:500-599`.
 * - `-` before a term: the term must not match.
 *
 * Never throws: a term that cannot be understood is an error with its position.
 */
export function parseFilter(text: string): Filter {
  const terms: FilterTerm[] = [];
  for (const term of termsOf(text)) {
    const test = testOf(term);
    if (typeof test === "string") return { error: { message: test, start: term.start, end: term.end } };
    const matches: Test = term.negated ? (item) => !test(item) : test;
    terms.push({ text: text.slice(term.start, term.end), matches });
  }
  return { matches: (item) => terms.every((term) => term.matches(item)), terms };
}

/** Each key of the filter language, with its meaning: for a help text or a completion. */
export const FILTER_KEYS = {
  status: "the status: 404, 5xx, 400-499, status>=400",
  method: "the method: GET,POST",
  host: "a part of the host or the address",
  path: "a part of the path, before the question mark",
  type: "http or tcp",
  state: CONVERSATION_STATES.join(", "),
  role: "an end that was recorded: client or server",
  error: "a part of the error; error: alone is any error",
  via: "proxy: it went through a proxy",
  fault: "a part of the name of a fault that hit it; fault: alone is any fault",
  connection: "the number of the conversation",
  bytes: "how many bytes: bytes>1000, bytes<2k",
  time: "how long: time>50ms, time<2s",
  field: "a field line: field:name, or field:name=part of its value",
} as const;

type Key = keyof typeof FILTER_KEYS;

interface Term {
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  /** `undefined`: the term is a word. */
  readonly key: string | undefined;
  readonly operator: string;
  /** Without quotes. */
  readonly value: string;
  /** The quotes were not closed. */
  readonly open: boolean;
}

/** `name`, `name operator`, and then a value, of which parts may stand in quotes. */
const TERM = /(-?)(?:([a-z]+)(:|[<>]=?))?((?:"(?:\\.|[^"\\])*("|\\?$)|[^\s"])*)/iy;

function* termsOf(text: string): Generator<Term> {
  for (let at = 0; ; ) {
    while (/\s/.test(text[at] ?? "")) at++;
    if (at >= text.length) return;
    TERM.lastIndex = at;
    const [all = "", minus = "", name, operator = "", written = ""] = TERM.exec(text) ?? [];
    const start = at;
    at += Math.max(all.length, 1);
    const known = name === undefined ? undefined : name.toLowerCase();
    const isWord = known === undefined || (!isKey(known) && mayBeText(operator, written));
    const source = isWord && name !== undefined ? `${name}${operator}${written}` : written;
    const bare = minus === "-" && name === undefined && source === "";
    yield {
      start,
      end: at,
      negated: minus === "-" && !bare,
      key: isWord ? undefined : known,
      operator,
      value: bare ? "-" : unquoted(source),
      open: isOpen(source),
    };
  }
}

const isKey = (name: string): name is Key => Object.hasOwn(FILTER_KEYS, name);

/** `http://a`, `localhost:80` and `a>b` are no misspelt terms. */
const mayBeText = (operator: string, value: string): boolean => operator !== ":" || /^(?:\/|\d)/.test(value);

const QUOTED = /"((?:\\.|[^"\\])*)(?:"|\\?$)/g;

const unquoted = (text: string): string =>
  text.replace(QUOTED, (_, inside: string) => inside.replace(/\\(.)/g, "$1"));

const isOpen = (text: string): boolean => text.replace(/"(?:\\.|[^"\\])*"/g, "").includes('"');

/** The test of a term, or what is wrong with the term. */
function testOf({ key, operator, value, open }: Term): Test | string {
  if (open) return "the quotes are not closed";
  if (key === undefined) return wordTest(value);
  if (!isKey(key))
    return `"${key}" is no key; the keys are ${Object.keys(FILTER_KEYS).join(", ")}. To search for the text, put it in quotes`;
  if (key === "bytes" || key === "time" || key === "status" || key === "connection")
    return numberTest(key, operator, value);
  if (operator !== ":") return `"${key}" has no order: write ${key}:…`;
  if (value === "" && key !== "error" && key !== "fault") return `${key}: wants a value: ${FILTER_KEYS[key]}`;
  switch (key) {
    case "method":
      return oneOf(value, undefined, (item) => [item.method]);
    case "type":
      return oneOf(value, ["http", "tcp"], (item) => [item.kind]);
    case "state":
      return oneOf(value, CONVERSATION_STATES, (item) => [item.state]);
    case "role":
      return oneOf(value, ["client", "server"], (item) => item.roles);
    case "host":
      return partOf(value, (item) => item.host);
    case "path":
      return partOf(value, (item) => item.target?.replace(/\?.*/s, ""));
    case "error":
      return partOf(value, (item) => item.error);
    case "via":
      return oneOf(value, ["proxy"], (item) => item.via ?? []);
    case "fault":
      return (item) =>
        item.faults?.some((fault) => fault.toLowerCase().includes(value.toLowerCase())) === true;
    case "field":
      return fieldTest(value);
    default:
      return key satisfies never;
  }
}

function wordTest(word: string): Test {
  const wanted = word.toLowerCase();
  const has = (text: string | undefined) => text?.toLowerCase().includes(wanted) === true;
  return (item) =>
    has(item.method) ||
    has(item.target) ||
    has(item.host) ||
    has(item.error) ||
    has(item.status?.toString()) ||
    item.fields.some(([name, value]) => has(`${name}: ${value}`)) ||
    has(item.text);
}

function oneOf(
  value: string,
  choices: readonly string[] | undefined,
  of: (item: Filterable) => readonly (string | undefined)[],
): Test | string {
  const wanted = value.toLowerCase().split(",");
  const wrong = choices && wanted.find((each) => !choices.includes(each));
  if (wrong !== undefined) return `"${wrong}" is none of ${choices?.join(", ")}`;
  return (item) => of(item).some((each) => each !== undefined && wanted.includes(each.toLowerCase()));
}

function partOf(value: string, of: (item: Filterable) => string | undefined): Test {
  const wanted = value.toLowerCase();
  return (item) => of(item)?.toLowerCase().includes(wanted) === true;
}

function fieldTest(value: string): Test {
  const equals = value.indexOf("=");
  const name = (equals === -1 ? value : value.slice(0, equals)).toLowerCase();
  const part = equals === -1 ? "" : value.slice(equals + 1).toLowerCase();
  return ({ fields }) =>
    fields.some(([each, text]) => each.toLowerCase() === name && text.toLowerCase().includes(part));
}

/** How each number is written, and where an item has it. */
const NUMBERS = {
  status: { units: {}, of: (item: Filterable) => item.status },
  connection: { units: {}, of: (item: Filterable) => item.number },
  bytes: {
    units: { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 },
    of: (item: Filterable) => item.bytes,
  },
  time: {
    units: { "": 1, ms: 1, s: 1000, us: 0.001, µs: 0.001, m: 60_000 },
    of: (item: Filterable) => item.durationMs,
  },
} as const;

function numberTest(key: keyof typeof NUMBERS, operator: string, value: string): Test | string {
  const { units, of } = NUMBERS[key];
  const wrong = `"${value}" is not what ${key} takes: ${FILTER_KEYS[key]}`;
  if (operator !== ":") {
    const limit = numberIn(value, units);
    if (limit === undefined) return wrong;
    const compare = COMPARISONS[operator as keyof typeof COMPARISONS];
    return (item) => {
      const number = of(item);
      return number !== undefined && compare(number, limit);
    };
  }
  const ranges: (readonly [least: number, most: number])[] = [];
  for (const part of value.split(",")) {
    const range = rangeIn(part, units, key === "status");
    if (range === undefined) return wrong;
    ranges.push(range);
  }
  return (item) => {
    const number = of(item);
    return number !== undefined && ranges.some(([least, most]) => number >= least && number <= most);
  };
}

const COMPARISONS = {
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
} as const;

type Units = Readonly<Record<string, number>>;

/** `404`, `400-499`, and for a status `4xx` or `40x`. */
function rangeIn(text: string, units: Units, digits: boolean): readonly [number, number] | undefined {
  if (digits && /^[1-9](?:xx|\dx)$/i.test(text))
    return [Number(text.replace(/x/gi, "0")), Number(text.replace(/x/gi, "9"))];
  const [least = "", most = least, ...more] = text.split("-");
  const range = [numberIn(least, units), numberIn(most, units)] as const;
  if (range[0] === undefined || range[1] === undefined || more.length > 0) return undefined;
  return [range[0], range[1]];
}

function numberIn(text: string, units: Units): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([a-zµ]*)$/i.exec(text) ?? [];
  const factor = unit === "" ? 1 : units[unit.toLowerCase()];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
