/**
 * The file name that a Content-Disposition field gives (`-J`), as curl takes it: any type, the first `filename=` in
 * lower case, and only what stands behind its last slash or backslash. `filename*` (RFC 8187) is not read.
 *
 * `undefined`: the field names no file. "": it names one without a name. Octets in and out; blanks at the end of
 * the field belong to the name.
 */
export function dispositionFileName(value: string): string | undefined {
  let rest = value;
  for (;;) {
    rest = rest.replace(/^[^a-z]*/i, "");
    if (rest.startsWith(PARAMETER)) return fileName(rest.slice(PARAMETER.length));
    const end = rest.indexOf(";");
    if (end === -1) return undefined;
    rest = rest.slice(end);
  }
}

const PARAMETER = "filename=";

/** A quote of either kind ends where the next one stands, also behind a backslash. */
function fileName(text: string): string | undefined {
  const from = text.replace(/^[ \t]+/, "");
  const [, quote = ""] = /^(["'])/.exec(from) ?? [];
  const inside = from.slice(quote.length);
  const end = inside.indexOf(quote || ";");
  const whole = end === -1 ? inside : inside.slice(0, end);
  const name = whole.replace(/^.*[/\\]/s, "");
  return name === "" && whole !== "" ? undefined : name;
}
