import { isEvery, TCHAR } from "../../bytes/octets.ts";
import { quote } from "../../bytes/text.ts";
import type { ValuePart, ValueReader } from "./part.ts";
import { isToken, pairOf, part, type Range, split, textOf } from "./scan.ts";

/** Content-Disposition: a type and parameters, `filename*` in the form of RFC 8187 (RFC 6266 §4). */
export const contentDisposition: ValueReader = (value) => {
  const [typeRange, ...rest] = split(value, ";");
  if (typeRange === undefined) return [];
  const names = new Set<string>();
  const parameters = rest
    .filter(({ start, end }) => end > start)
    .map((range) => parameterPart(value, range, names));
  return [typePart(value, typeRange), ...parameters];
};

function typePart(value: string, range: Range): ValuePart {
  const type = textOf(value, range).toLowerCase();
  const section = "RFC 6266 §4.2";
  if (!isToken(type))
    return part("type", range, "what to do with it", section, "inline or attachment is expected first");
  if (type === "inline") return part("type", range, "show it where it is", section);
  if (type === "attachment") return part("type", range, "save it, rather than show it", section);
  if (type === "form-data") return part("type", range, "one value of a form", "RFC 7578 §4.2");
  return part("type", range, "an unknown type counts as attachment", section);
}

function parameterPart(value: string, range: Range, names: Set<string>): ValuePart {
  const pair = pairOf(value, range, true);
  const twice = names.has(pair.name) ? "the parameter is given twice" : undefined;
  names.add(pair.name);
  const missing = pair.value === undefined ? "a value is expected: name=value" : undefined;
  const text = pair.value ?? "";
  switch (pair.name) {
    case "filename": {
      const path = /[/\\]/.test(text)
        ? "only the last part of a path is used: no slash or backslash"
        : undefined;
      return part(
        "parameter",
        range,
        "the name to save it under",
        "RFC 6266 §4.3",
        pair.problem ?? missing ?? path ?? twice,
      );
    }
    case "filename*": {
      const coded = extendedValue(text);
      const meaning =
        "problem" in coded ? "the name to save it under" : `the name to save it under: ${coded.shown}`;
      const problem = missing ?? ("problem" in coded ? coded.problem : undefined) ?? twice;
      return part("parameter", range, meaning, "RFC 8187 §3.2", problem);
    }
    case "name":
      return part(
        "parameter",
        range,
        "the name of the form's field",
        "RFC 7578 §4.2",
        pair.problem ?? missing ?? twice,
      );
    default:
      return part(
        "parameter",
        range,
        "a parameter that programs ignore",
        "RFC 6266 §4.4",
        pair.problem ?? missing ?? twice,
      );
  }
}

/** `charset'language'percent-encoded` (RFC 8187 §3.2). */
function extendedValue(text: string): { shown: string } | { problem: string } {
  const [charset, , encoded, ...more] = text.split("'");
  if (encoded === undefined || more.length > 0)
    return { problem: "charset'language'name is expected, such as UTF-8''na%C3%AFve.txt" };
  if (charset?.toLowerCase() !== "utf-8") return { problem: "the charset is expected to be UTF-8" };
  const literal = encoded.replace(/%[0-9a-f]{2}/gi, "");
  if (literal !== "" && (!isEvery(literal, TCHAR) || /[*'%]/.test(literal)))
    return { problem: "letters, digits and a few signs are expected; everything else as %XX" };
  try {
    return { shown: quote(decodeURIComponent(encoded)) };
  } catch {
    // `decodeURIComponent` refuses octets that are not UTF-8.
    return { problem: "the octets behind % are expected to be UTF-8" };
  }
}
