import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { FormFieldReader, type FormValue } from "./form-field.ts";
import type { Settings } from "./settings.ts";

/** A part before its content is looked for: a form is checked as a whole before any of its files is opened. */
export interface TypedPart {
  readonly name: string | undefined;
  readonly value: FormValue;
  readonly kind: "text" | "file" | "file as text";
  /** Parts within this one: those of `(` … `)`, or the files of `@a,b`. */
  readonly parts?: TypedPart[] | undefined;
}

const forms = new WeakMap<Settings, TypedPart[]>();

/** What -F and --form-string say. @throws {CurlError} 2: one of them says nothing that a form could have. */
export function formOf(settings: Settings): readonly TypedPart[] {
  const known = forms.get(settings);
  if (known !== undefined) return known;
  const form: TypedPart[] = [];
  const open = [form];
  for (const { name, value } of settings.given) {
    if (name === "form" || name === "form-string") addField(value, name === "form", open);
  }
  forms.set(settings, form);
  return form;
}

/** `open`: the lists of parts that a field may be added to, the innermost at the end. */
function addField(field: string, special: boolean, open: TypedPart[][]): void {
  const equals = field.indexOf("=");
  if (equals === -1) throw new CurlError(EXIT.usage, `-F wants NAME=CONTENT, not "${field}"`);
  const name = field.slice(0, equals) || undefined;
  const value = field.slice(equals + 1);
  const current = open.at(-1) as TypedPart[];
  if (!special) {
    current.push({ name, value: { ...NOTHING, data: value }, kind: "text" });
  } else if (value.startsWith("(")) {
    const parts: TypedPart[] = [];
    current.push({ name, value: new FormFieldReader(value, "").read(), kind: "text", parts });
    open.push(parts);
  } else if (name === undefined && value === ")") {
    if (open.length === 1) throw new CurlError(EXIT.usage, "-F '=)' ends a part that -F 'NAME=(' has begun");
    open.pop();
  } else if (value.startsWith("@")) {
    current.push(files(name, new FormFieldReader(value.slice(1), ",")));
  } else if (value.startsWith("<")) {
    const read = new FormFieldReader(value.slice(1), "").read();
    // A file that is read as a text has no name to tell.
    current.push({ name, value: { ...read, filename: undefined }, kind: "file as text" });
  } else {
    current.push({ name, value: new FormFieldReader(value, "").read(), kind: "text" });
  }
}

const NOTHING = { type: undefined, filename: undefined, encoder: undefined, headers: [], more: false };

/** One file is a part; several are parts of one. */
function files(name: string | undefined, reader: FormFieldReader): TypedPart {
  const first = reader.read();
  if (!first.more) return { name, value: first, kind: "file" };
  const parts: TypedPart[] = [{ name: undefined, value: first, kind: "file" }];
  for (let value = first; value.more; ) {
    value = reader.read();
    parts.push({ name: undefined, value, kind: "file" });
  }
  return { name, value: { ...NOTHING, data: "" }, kind: "text", parts };
}
