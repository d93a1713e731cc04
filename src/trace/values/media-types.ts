import type { ValuePart, ValueReader } from "./part.ts";
import { isToken, listOf, pairOf, part, type Range, split, textOf, weightPart } from "./scan.ts";

/** Content-Type: one media type with parameters (RFC 9110 §8.3). */
export const contentType: ValueReader = (value) =>
  mediaTypeParts(value, { start: 0, end: value.length }, false);

/** Accept: media ranges with weights (RFC 9110 §12.5.1). */
export const accept: ValueReader = (value) =>
  listOf(value).map((range) => {
    const parts = mediaTypeParts(value, range, true);
    const [type] = parts;
    if (type !== undefined && parts.length === 1) return type;
    const meaning = type === undefined ? "a media range" : type.meaning;
    return part("member", range, meaning, "RFC 9110 §12.5.1", undefined, parts);
  });

const TREES: Readonly<Record<string, string>> = {
  text: "text",
  image: "an image",
  audio: "sound",
  video: "moving pictures",
  font: "a font",
  application: "data for a program",
  multipart: "several parts, each with a type",
  message: "a message",
  model: "a model in three dimensions",
  haptics: "what can be felt",
  example: "an example, never really sent",
};

function mediaTypeParts(value: string, range: Range, wildcards: boolean): ValuePart[] {
  const [typeRange = range, ...rest] = split(value, ";", range);
  const parts = [typePart(value, typeRange, wildcards)];
  const names = new Set<string>();
  for (const each of rest) {
    if (each.start === each.end) continue;
    const weight = wildcards ? weightPart(value, each) : undefined;
    parts.push(weight ?? parameterPart(value, each, names));
  }
  return parts;
}

function typePart(value: string, range: Range, wildcards: boolean): ValuePart {
  const section = wildcards ? "RFC 9110 §12.5.1" : "RFC 9110 §8.3.1";
  const text = textOf(value, range).toLowerCase();
  const slash = text.indexOf("/");
  const [type, subtype] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  const whole = "type/subtype is expected: two tokens and a slash";
  if (slash === -1 || !isToken(type) || !isToken(subtype))
    return part("media-type", range, "the media type", section, whole);
  if (text === "*/*" && wildcards) return part("media-type", range, "any type", section);
  if (subtype === "*" && wildcards)
    return part("media-type", range, `any type of ${TREES[type] ?? "this kind"}`, section);
  if (text.includes("*") && wildcards)
    return part(
      "media-type",
      range,
      "a media range",
      section,
      "* stands for a whole type or subtype: */* or text/*",
    );
  const kind = Object.hasOwn(TREES, type) ? TREES[type] : undefined;
  const suffix = /\+([a-z]+)$/.exec(subtype)?.[1];
  const syntax = suffix === undefined ? "" : `, written as ${suffix.toUpperCase()}`;
  const meaning = kind === undefined ? "a media type of an unknown kind" : `${kind}${syntax}`;
  return part("media-type", range, meaning, section);
}

const PARAMETERS: Readonly<Record<string, readonly [string, string]>> = {
  charset: ["how characters became bytes", "RFC 9110 §8.3.2"],
  boundary: ["the line between the parts of the content", "RFC 2046 §5.1.1"],
  version: ["the version of the format", "RFC 9110 §8.3.1"],
  profile: ["how the format is used", "RFC 6906"],
};

function parameterPart(value: string, range: Range, names: Set<string>): ValuePart {
  const pair = pairOf(value, range);
  const [meaning, section] = Object.hasOwn(PARAMETERS, pair.name)
    ? (PARAMETERS[pair.name] as readonly [string, string])
    : ["a parameter of the media type", "RFC 9110 §5.6.6"];
  const twice = names.has(pair.name) ? "the parameter is given twice" : undefined;
  names.add(pair.name);
  const missing = pair.value === undefined ? "a value is expected: name=value" : undefined;
  const said = pair.name === "charset" ? `${meaning}: ${charsetOf(pair.value ?? "")}` : meaning;
  return part("parameter", range, said, section, pair.problem ?? missing ?? boundaryProblem(pair) ?? twice);
}

function charsetOf(name: string): string {
  switch (name.toLowerCase()) {
    case "utf-8":
      return "Unicode";
    case "us-ascii":
      return "ASCII only";
    case "iso-8859-1":
      return "Western European, which browsers read as windows-1252";
    default:
      return "by this name in the registry of charsets";
  }
}

/** RFC 2046 §5.1.1: 1 to 70 characters of a small set, and no space at the end. */
function boundaryProblem({
  name,
  value = "",
}: {
  name: string;
  value?: string | undefined;
}): string | undefined {
  if (name !== "boundary" || /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(value)) return undefined;
  return "a boundary is 1 to 70 letters, digits and '()+_,-./:=? and does not end with a space";
}
