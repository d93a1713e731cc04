import { Fields, type FieldsSource } from "../../../http1/fields.ts";
import { ownOptions } from "../../../tcp/own-options.ts";
import { isMultipart, type Multipart, type MultipartPart } from "./multipart.ts";

/** A part of a form (RFC 7578), in words. */
export interface FormPart {
  /** The name of the form's field; none by default, as for a part within another. */
  readonly name?: string | undefined;
  /** The name of a file. Only its last component should be told to a server (RFC 7578 §4.2): that is not cut here. */
  readonly filename?: string | undefined;
  /** The Content-Type; none by default, but "multipart/mixed" for a part that has parts itself. */
  readonly contentType?: string | undefined;
  /** Further field lines, behind Content-Disposition and Content-Type. */
  readonly fields?: FieldsSource | undefined;
  /** Field lines behind `fields`, as of any part. */
  readonly fieldText?: MultipartPart["fieldText"];
  /** The content, as of any part. */
  readonly content: MultipartPart["content"];
  /**
   * How quotes in names are written. "percent", the default: `%22`, and `%0D`, `%0A` for line ends, as browsers and
   * curl do. "backslash": `\"` and `\\`, as curl does with --form-escape; a line end is refused when the part is sent.
   */
  readonly escape?: "percent" | "backslash" | undefined;
  /** The disposition: "form-data" by default, "attachment" for a file among several of one field. */
  readonly disposition?: "form-data" | "attachment" | undefined;
}

/** A part with the field lines of a form: Content-Disposition first, and a Content-Type if there is one. */
export function formPart(given: FormPart): MultipartPart {
  const part = ownOptions(given);
  const { name, filename, content, fieldText, disposition = "form-data" } = part;
  const escaped = ESCAPES[part.escape ?? "percent"];
  const parameter = (key: string, value: string | undefined): string =>
    value === undefined ? "" : `; ${key}="${escaped(value)}"`;
  const lines: string[] = [];
  if (name !== undefined || filename !== undefined || part.disposition !== undefined) {
    const parameters = parameter("name", name) + parameter("filename", filename);
    lines.push("Content-Disposition", disposition + parameters);
  }
  const type = contentType(part);
  if (type !== undefined) lines.push("Content-Type", type);
  lines.push(...Fields.from(part.fields).lines);
  return { fields: new Fields(lines), fieldText, content };
}

/** The Content-Type of a multipart content: of a form by default. */
export function multipartType({ boundary }: Multipart, type = "multipart/form-data"): string {
  // RFC 2046 §5.1.1: a boundary with characters that a token cannot have needs quotes.
  return `${type}; boundary=${/^[\w'+.-]+$/.test(boundary) ? boundary : `"${boundary}"`}`;
}

/**
 * A boundary as curl's: 24 hyphens and 22 letters and digits.
 *
 * @param random 22 random bytes: `crypto.getRandomValues(new Uint8Array(22))` by default.
 */
export function formBoundary(random: Uint8Array = crypto.getRandomValues(new Uint8Array(22))): string {
  return "-".repeat(24) + Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function contentType({ contentType, content }: FormPart): string | undefined {
  return isMultipart(content) ? multipartType(content, contentType ?? "multipart/mixed") : contentType;
}

const ESCAPES = {
  /** HTML standard, "multipart/form-data encoding algorithm". A backslash stands for itself. */
  percent: (text: string) => text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22"),
  /** RFC 822's quoted-string. */
  backslash: (text: string) => text.replace(/["\\]/g, "\\$&"),
};
