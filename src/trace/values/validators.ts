import { datePart } from "./dates.ts";
import type { ValuePart, ValueReader } from "./part.ts";
import { listOf, part, type Range, textOf } from "./scan.ts";

const SECTION = "RFC 9110 §8.8.3";

/** ETag: one entity-tag (RFC 9110 §8.8.3). */
export const etag: ValueReader = (value) => [tagPart(value, { start: 0, end: value.length })];

/** If-Match and If-None-Match: entity-tags, or * (RFC 9110 §13.1.1, §13.1.2). */
export const tagList: ValueReader = (value) => {
  if (value === "*")
    return [
      part(
        "entity-tag",
        { start: 0, end: 1 },
        "any version: whether the resource exists",
        "RFC 9110 §13.1.1",
      ),
    ];
  return listOf(value).map((range) => tagPart(value, range));
};

/** If-Range: one entity-tag, or a date (RFC 9110 §13.1.5). */
export const ifRange: ValueReader = (value, context) => {
  const whole = { start: 0, end: value.length };
  if (!/^(?:W\/)?"/.test(value))
    return [datePart(value, whole, "the part, if unchanged since then", "RFC 9110 §13.1.5", context)];
  const tag = tagPart(value, whole);
  const weak = value.startsWith("W/")
    ? "a strong entity-tag is expected: parts of a weak version do not fit together"
    : undefined;
  return [weak === undefined || tag.problem !== undefined ? tag : { ...tag, problem: weak }];
};

function tagPart(value: string, range: Range): ValuePart {
  const text = textOf(value, range);
  const weak = text.startsWith("W/");
  const meaning = weak
    ? "names this version, weakly: versions that mean the same share it"
    : "names this version, byte for byte";
  // etagc = %x21 / %x23-7E / obs-text; no backslash quotes anything here.
  if (/^(?:W\/)?"[!#-~\x80-\xff]*"$/.test(text)) return part("entity-tag", range, meaning, SECTION);
  const problem = /^w\//.test(text)
    ? "W/ is written with a capital"
    : text.includes('"')
      ? "one pair of double quotes is expected, with visible characters between"
      : "double quotes are expected around it";
  return part("entity-tag", range, meaning, SECTION, problem);
}
