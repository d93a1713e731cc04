import type { ValuePart, ValueReader } from "./part.ts";
import { durationOf, pairOf, part, split } from "./scan.ts";

/** Strict-Transport-Security (RFC 6797 §6.1). */
export const strictTransportSecurity: ValueReader = (value) => {
  const names = new Set<string>();
  const parts = split(value, ";")
    .filter(({ start, end }) => end > start)
    .map((range): ValuePart => {
      const pair = pairOf(value, range, true);
      const twice = names.has(pair.name) ? "given twice: browsers ignore the field" : undefined;
      names.add(pair.name);
      switch (pair.name) {
        case "max-age": {
          const length = durationOf(pair.value ?? "");
          const meaning =
            length === "0 s"
              ? "browsers forget it: http is fine again"
              : `https only, for ${length ?? "some time"}`;
          const problem = length === undefined ? "a whole number of seconds is expected" : undefined;
          return part("directive", range, meaning, "RFC 6797 §6.1.1", pair.problem ?? problem ?? twice);
        }
        case "includesubdomains": {
          const problem = pair.value === undefined ? undefined : "includeSubDomains takes no value";
          return part(
            "directive",
            range,
            "for all hosts below this one, too",
            "RFC 6797 §6.1.2",
            pair.problem ?? problem ?? twice,
          );
        }
        case "preload":
          return part(
            "directive",
            range,
            "the host may be put in the list that browsers come with",
            "no standard",
            twice,
          );
        default:
          return part(
            "directive",
            range,
            "a directive that browsers ignore",
            "RFC 6797 §6.1",
            pair.problem ?? twice,
          );
      }
    });
  const [first] = parts;
  if (first === undefined || names.has("max-age")) return parts;
  return [
    { ...first, problem: first.problem ?? "max-age is missing: browsers ignore the field" },
    ...parts.slice(1),
  ];
};
