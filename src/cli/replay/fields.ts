import { UsageError } from "../exit-codes.ts";

/** The fields of -H: `Name: value` gives one, `Name:` removes it, `Name;` sends it empty, as with curl. */
export function fieldsOf(lines: readonly string[]): (readonly [name: string, value: string | undefined])[] {
  return lines.map((line) => {
    const [, name = "", sign, rest = ""] = /^([^:;]*)([:;])(.*)$/s.exec(line) ?? [];
    const value = rest.trim();
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name) || /[\r\n\0]/.test(value) || (sign === ";" && value !== ""))
      throw new UsageError(`-H wants "Name: value", "Name:" or "Name;", not ${JSON.stringify(line)}`);
    return [name, sign === ":" && value === "" ? undefined : value];
  });
}
