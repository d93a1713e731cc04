import { isEvery, TCHAR } from "../../bytes/octets.ts";
import { datePart } from "./dates.ts";
import type { ValueContext, ValuePart, ValueReader } from "./part.ts";
import { durationOf, part, type Range, textOf, trimmed } from "./scan.ts";

const COOKIE = "RFC 6265 §4.2.1";
const SET_COOKIE = "RFC 6265 §4.1.1";

/** Cookie: pairs of name and value (RFC 6265 §4.2). */
export const cookie: ValueReader = (value) => {
  if (isMasked(value)) return [maskedPart(value, COOKIE)];
  return pieces(value).map((range) => {
    if (range.start === range.end) return part("cookie", range, "nothing", COOKIE, "name=value is expected");
    return pairPart(value, range, COOKIE, "a cookie that this client got before");
  });
};

/** Set-Cookie: one cookie, and its attributes (RFC 6265 §4.1). */
export const setCookie: ValueReader = (value, context) => {
  if (isMasked(value)) return [maskedPart(value, SET_COOKIE)];
  const [first, ...rest] = pieces(value);
  if (first === undefined) return [];
  const name = textOf(value, first).split("=", 1)[0] ?? "";
  const attributes = rest
    .filter(({ start, end }) => end > start)
    .map((range) => attributePart(value, range, context));
  const given = new Map(rest.map((range) => attributeOf(value, range)).map(({ name, text }) => [name, text]));
  const pair = pairPart(value, first, SET_COOKIE, "the cookie that the client is to keep");
  const problem = pair.problem ?? prefixProblem(name, given) ?? sameSiteProblem(given);
  return [part("cookie", pair, prefixMeaning(name) ?? pair.meaning, SET_COOKIE, problem), ...attributes];
};

const isMasked = (value: string): boolean => /^\*+$/.test(value);
const maskedPart = (value: string, section: string): ValuePart =>
  part("value", { start: 0, end: value.length }, "masked, since it is a secret", section);

/** RFC 6265: a semicolon ends a cookie-pair or an attribute, also within double quotes. */
function pieces(value: string): Range[] {
  const found: Range[] = [];
  let start = 0;
  for (;;) {
    const semicolon = value.indexOf(";", start);
    found.push(trimmed(value, start, semicolon === -1 ? value.length : semicolon));
    if (semicolon === -1) return found;
    start = semicolon + 1;
  }
}

function pairPart(value: string, range: Range, section: string, meaning: string): ValuePart {
  const text = textOf(value, range);
  const equals = text.indexOf("=");
  if (equals < 1)
    return part(
      "cookie",
      range,
      meaning,
      section,
      "name=value is expected; programs disagree about a cookie without a name",
    );
  const name = text.slice(0, equals);
  const octets = text.slice(equals + 1);
  if (!isEvery(name, TCHAR))
    return part(
      "cookie",
      range,
      meaning,
      section,
      "a token is expected as the name: letters, digits and a few signs",
    );
  // cookie-octet leaves out whitespace, double quote, comma, semicolon and backslash; the whole value may be quoted.
  if (!/^(?:"[!#-+\--:<-[\]-~]*"|[!#-+\--:<-[\]-~]*)$/.test(octets))
    return part(
      "cookie",
      range,
      meaning,
      section,
      "whitespace, commas, quotes and backslashes are not expected in the value",
    );
  return part("cookie", range, meaning, section);
}

function attributeOf(value: string, range: Range): { name: string; text: string; textRange: Range } {
  const whole = textOf(value, range);
  const equals = whole.indexOf("=");
  if (equals === -1)
    return { name: whole.toLowerCase(), text: "", textRange: { start: range.end, end: range.end } };
  const textRange = trimmed(value, range.start + equals + 1, range.end);
  return { name: whole.slice(0, equals).trimEnd().toLowerCase(), text: textOf(value, textRange), textRange };
}

function attributePart(value: string, range: Range, context: ValueContext): ValuePart {
  const { name, text, textRange } = attributeOf(value, range);
  const attribute = (meaning: string, section: string, problem?: string | undefined, parts?: ValuePart[]) =>
    part("attribute", range, meaning, section, problem, parts);
  switch (name) {
    case "expires": {
      const date = datePart(value, textRange, "its life ends then", "RFC 6265 §5.1.1", context, true);
      return attribute(date.meaning, "RFC 6265 §4.1.2.1", date.problem);
    }
    case "max-age":
      if (!/^-?\d+$/.test(text))
        return attribute("how long it is kept", "RFC 6265 §4.1.2.2", "a whole number of seconds is expected");
      return Number(text) <= 0
        ? attribute("deleted at once", "RFC 6265 §4.1.2.2")
        : attribute(`kept for ${durationOf(text) ?? "a very long time"}`, "RFC 6265 §4.1.2.2");
    case "domain":
      return attribute(
        "sent to this host and to all hosts below it",
        "RFC 6265 §4.1.2.3",
        text === "" ? "a host is expected" : undefined,
      );
    case "path":
      return attribute(
        "sent for this path and those below it",
        "RFC 6265 §4.1.2.4",
        text.startsWith("/") ? undefined : "a path is expected, which begins with /",
      );
    case "secure":
      return attribute("sent over secure connections only", "RFC 6265 §4.1.2.5");
    case "httponly":
      return attribute("hidden from scripts of the page", "RFC 6265 §4.1.2.6");
    case "samesite":
      return attribute(
        sameSite(text),
        "RFC 6265bis §4.1.2.7",
        /^(?:strict|lax|none)$/i.test(text) ? undefined : "Strict, Lax or None is expected",
      );
    case "partitioned":
      return attribute("kept apart for each top-level site", "CHIPS");
    case "priority":
      return attribute(
        "which cookies Chromium drops first",
        "a draft, in Chromium only",
        /^(?:low|medium|high)$/i.test(text) ? undefined : "Low, Medium or High is expected",
      );
    default:
      return attribute("an attribute that clients ignore", SET_COOKIE);
  }
}

function sameSite(text: string): string {
  switch (text.toLowerCase()) {
    case "strict":
      return "never sent with requests that another site begins";
    case "none":
      return "sent with requests of other sites, too";
    default:
      return "sent when somebody follows a link from another site, but not with its other requests";
  }
}

function prefixMeaning(name: string): string | undefined {
  if (/^__Host-/i.test(name)) return "the cookie; its prefix promises: Secure, Path=/, and no Domain";
  if (/^__Secure-/i.test(name)) return "the cookie; its prefix promises: Secure";
  return undefined;
}

/** RFC 6265bis §4.1.3: a browser drops a cookie whose attributes do not keep what its prefix promises. */
function prefixProblem(name: string, given: ReadonlyMap<string, string>): string | undefined {
  if (prefixMeaning(name) === undefined) return undefined;
  const missing = [
    ...(given.has("secure") ? [] : ["Secure"]),
    ...(/^__Host-/i.test(name) && given.get("path") !== "/" ? ["Path=/"] : []),
    ...(/^__Host-/i.test(name) && given.has("domain") ? ["no Domain"] : []),
  ];
  return missing.length === 0
    ? undefined
    : `browsers drop this cookie: its prefix wants ${missing.join(" and ")} (RFC 6265bis §4.1.3)`;
}

function sameSiteProblem(given: ReadonlyMap<string, string>): string | undefined {
  if (given.get("samesite")?.toLowerCase() === "none" && !given.has("secure"))
    return "browsers drop this cookie: SameSite=None wants Secure";
  if (given.has("partitioned") && !given.has("secure"))
    return "browsers drop this cookie: Partitioned wants Secure";
  return undefined;
}
