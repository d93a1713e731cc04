import type { ValuePart, ValueReader } from "./part.ts";
import { durationOf, listOf, type Pair, pairOf, part } from "./scan.ts";

/** Meaning, section, and what the value of the directive is. */
type Directive = readonly [
  meaning: string,
  section: string,
  value: "none" | "seconds" | "optional seconds" | "names",
];

const REQUEST: Readonly<Record<string, Directive>> = {
  "max-age": ["the client takes a stored response of at most this age", "RFC 9111 §5.2.1.1", "seconds"],
  "max-stale": [
    "the client takes a stale response, at most this long after",
    "RFC 9111 §5.2.1.2",
    "optional seconds",
  ],
  "min-fresh": ["the response has to stay fresh for at least this long", "RFC 9111 §5.2.1.3", "seconds"],
  "no-cache": ["a stored response has to be validated with the origin first", "RFC 9111 §5.2.1.4", "none"],
  "no-store": ["no cache may keep anything of this request or its response", "RFC 9111 §5.2.1.5", "none"],
  "no-transform": ["nobody on the way may change the content", "RFC 9111 §5.2.1.6", "none"],
  "only-if-cached": ["only a stored response is wanted; otherwise 504", "RFC 9111 §5.2.1.7", "none"],
  "stale-if-error": ["a stale response is fine if the origin fails, this long", "RFC 5861 §4", "seconds"],
};

const RESPONSE: Readonly<Record<string, Directive>> = {
  "max-age": ["fresh for this long after the response was made", "RFC 9111 §5.2.2.1", "seconds"],
  "must-revalidate": [
    "once stale, it must be validated before it is used again",
    "RFC 9111 §5.2.2.2",
    "none",
  ],
  "must-understand": ["only a cache that understands the status may store it", "RFC 9111 §5.2.2.3", "none"],
  "no-cache": ["may be stored, but must be validated before each use", "RFC 9111 §5.2.2.4", "names"],
  "no-store": ["no cache may store this response", "RFC 9111 §5.2.2.5", "none"],
  "no-transform": ["nobody on the way may change the content", "RFC 9111 §5.2.2.6", "none"],
  private: ["only the cache of one user may store this", "RFC 9111 §5.2.2.7", "names"],
  "proxy-revalidate": ["as must-revalidate, for shared caches only", "RFC 9111 §5.2.2.8", "none"],
  public: ["any cache may store this, even where it usually may not", "RFC 9111 §5.2.2.9", "none"],
  "s-maxage": ["fresh for this long in shared caches", "RFC 9111 §5.2.2.10", "seconds"],
  immutable: ["does not change while it is fresh: no need to validate", "RFC 8246 §2", "none"],
  "stale-while-revalidate": ["may be used stale while it is validated, this long", "RFC 5861 §3", "seconds"],
  "stale-if-error": ["may be used stale if the origin fails, this long", "RFC 5861 §4", "seconds"],
};

/** Cache-Control: its directives, as they are for a request or for a response (RFC 9111 §5.2). */
export const cacheControl: ValueReader = (value, { message }) => {
  const [table, other] = message === "request" ? [REQUEST, RESPONSE] : [RESPONSE, REQUEST];
  const seen = new Set<string>();
  return listOf(value).map((range): ValuePart => {
    const pair = pairOf(value, range);
    const directive = Object.hasOwn(table, pair.name) ? table[pair.name] : undefined;
    const twice = seen.has(pair.name)
      ? "given twice: caches may take the first, or treat all as stale"
      : undefined;
    seen.add(pair.name);
    if (directive === undefined) {
      const problem = Object.hasOwn(other, pair.name)
        ? `this directive has no meaning in a ${message}`
        : undefined;
      const meaning =
        problem === undefined ? "an extension: caches that do not know it ignore it" : "ignored here";
      return part("directive", range, meaning, "RFC 9111 §5.2.3", pair.problem ?? problem ?? twice);
    }
    const [meaning, section, kind] = directive;
    const length = kind.endsWith("seconds") && pair.value !== undefined ? durationOf(pair.value) : undefined;
    const said = length === undefined ? meaning : `${meaning}: ${length}`;
    return part("directive", range, said, section, pair.problem ?? problemOf(pair, kind) ?? twice);
  });
};

function problemOf({ name, value }: Pair, kind: Directive[2]): string | undefined {
  switch (kind) {
    case "none":
      return value === undefined ? undefined : `${name} takes no value`;
    case "seconds":
      return value !== undefined && durationOf(value) !== undefined
        ? undefined
        : `${name} wants a whole number of seconds`;
    case "optional seconds":
      return value === undefined || durationOf(value) !== undefined
        ? undefined
        : `${name} wants a whole number of seconds, or no value`;
    case "names":
      return undefined;
  }
}
