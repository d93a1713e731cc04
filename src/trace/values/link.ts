import type { ValuePart, ValueReader } from "./part.ts";
import { pairOf, part, type Range, split, textOf, trimmed } from "./scan.ts";

const RELATIONS: Readonly<Record<string, string>> = {
  alternate: "another form of this resource",
  author: "who wrote it",
  canonical: "the preferred URI of this resource",
  "dns-prefetch": "look up this host early",
  first: "the first page of the list",
  icon: "the icon of the page",
  last: "the last page of the list",
  license: "the licence",
  modulepreload: "fetch this module early",
  next: "the next page of the list",
  preconnect: "connect to this host early",
  prefetch: "fetch it for the next page",
  preload: "fetch it early: this page needs it",
  prev: "the page of the list before this one",
  self: "this resource",
  stylesheet: "the style of the page",
  up: "the resource above this one",
};

/** Link: targets in angle brackets, each with parameters (RFC 8288 §3). */
export const link: ValueReader = (value) => linksOf(value).map((range) => linkPart(value, range));

/** Commas and semicolons within angle brackets separate nothing. */
function linksOf(value: string): Range[] {
  const found: Range[] = [];
  let from = 0;
  let quoted = false;
  let bracketed = false;
  for (let at = 0; at <= value.length; at++) {
    const octet = value[at];
    if (quoted) {
      if (octet === "\\") at++;
      else if (octet === '"') quoted = false;
    } else if (bracketed) bracketed = octet !== ">";
    else if (octet === '"') quoted = true;
    else if (octet === "<") bracketed = true;
    else if (octet === ",") {
      found.push(trimmed(value, from, at));
      from = at + 1;
    }
  }
  found.push(trimmed(value, from, value.length));
  return found.filter(({ start, end }) => end > start);
}

function linkPart(value: string, range: Range): ValuePart {
  const text = textOf(value, range);
  const close = text.startsWith("<") ? text.indexOf(">") : -1;
  if (close === -1)
    return part("member", range, "a link", "RFC 8288 §3", "a target in angle brackets is expected: <URI>");
  const uri = { start: range.start + 1, end: range.start + close };
  const rest = split(value, ";", { start: range.start + close + 1, end: range.end });
  const [ahead, ...parameters] = rest;
  const pairs = parameters.filter(({ start, end }) => end > start).map((each) => parameterPart(value, each));
  const problem =
    ahead !== undefined && ahead.end > ahead.start
      ? "a semicolon is expected behind the target"
      : pairs.some(({ kind }) => kind === "relation")
        ? undefined
        : "rel is expected: how the target is related";
  return part("member", range, "a link", "RFC 8288 §3", problem, [
    part("uri", uri, "the target", "RFC 8288 §3.1"),
    ...pairs,
  ]);
}

function parameterPart(value: string, range: Range): ValuePart {
  const pair = pairOf(value, range, true);
  // RFC 8288 §3: filename-like parameters with * carry a charset; their form is not checked here.
  const problem = pair.name.endsWith("*") ? undefined : pair.problem;
  if (pair.name !== "rel") {
    const meaning =
      pair.name === "anchor" ? "the link begins there, not at this resource" : "an attribute of the target";
    return part("parameter", range, meaning, "RFC 8288 §3.4", problem);
  }
  const words = (pair.value ?? "").split(/\s+/).filter((word) => word !== "");
  const known = words.flatMap((word) => {
    const key = word.toLowerCase();
    return Object.hasOwn(RELATIONS, key) ? [RELATIONS[key] as string] : [];
  });
  const meaning = known.length === 0 ? "how the target is related" : known.slice(0, 4).join("; ");
  return part(
    "relation",
    range,
    meaning,
    "RFC 8288 §3.3",
    problem ?? (words.length === 0 ? "a relation is expected" : undefined),
  );
}
