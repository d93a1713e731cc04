import { readFileSync, statSync } from "node:fs";
import {
  type FormPart,
  formBoundary,
  formPart,
  type Multipart,
  type MultipartPart,
  multipartBody,
  multipartType,
} from "../../http.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { type Content, isLarge, readInput } from "./content.ts";
import { EndsAll } from "./curl-error.ts";
import { fileStream, gathered, READ_BEGINS } from "./file-stream.ts";
import { formOf, type TypedPart } from "./form.ts";
import { type Encodable, encoderOf, opened } from "./form-encoder.ts";
import type { FormValue } from "./form-field.ts";
import { ownLines } from "./own-lines.ts";
import type { Settings } from "./settings.ts";

/**
 * The content of a form. With a Content-Type of -H it is of that type.
 *
 * @throws {EndsAll} 26: a file cannot be read. 43: there is no such encoder.
 */
export function formContent(settings: Settings): Content {
  const own = ownLines(settings);
  const type = own.value("content-type") ?? "multipart/form-data";
  const quotes = settings.on("form-escape") ? "backslash" : "percent";
  const parts = formOf(settings);
  const whole = multipartOf(parts, isForm(type), { quotes, showsReads: false });
  const { length } = multipartBody(whole);
  const inChunks = length === undefined || own.value("transfer-encoding") !== undefined;
  const multipart = inChunks ? multipartOf(parts, isForm(type), { quotes, showsReads: true }) : whole;
  return {
    kind: "form",
    read: () => {
      const body = multipartBody(multipart);
      return body instanceof Uint8Array ? body : { ...body, open: () => gathered(body.open()) };
    },
    length,
    large: isLarge(length),
    type: multipartType(multipart, type),
  };
}

interface FormStyle {
  readonly quotes: FormPart["escape"];
  /** As in curl, a chunk holds one read of a file at most. So it tells where a file begins. */
  readonly showsReads: boolean;
}

function multipartOf(parts: readonly TypedPart[], inForm: boolean, style: FormStyle): Multipart {
  const random = crypto.getRandomValues(new Uint8Array(22));
  return { boundary: formBoundary(random), parts: parts.map((part) => partOf(part, inForm, style)) };
}

function partOf(part: TypedPart, inForm: boolean, style: FormStyle): MultipartPart {
  const { name, value, kind } = part;
  // A line without a colon is dropped.
  const own = value.headers.filter((line) => line.includes(":"));
  const ownValue = (wanted: string) =>
    own
      .find((line) => nameOf(line) === wanted)
      ?.slice(wanted.length + 1)
      .trim();
  const filename = value.filename ?? (kind === "file" ? baseName(value.data) : undefined);
  const type =
    value.type ?? ownValue("content-type") ?? (part.parts ? "multipart/mixed" : guessedType(part, filename));
  const named = name !== undefined || filename !== undefined;
  const fields: (readonly [string, string])[] = [];
  // Parts have encoders of their own.
  if (
    value.encoder !== undefined &&
    part.parts === undefined &&
    ownValue("content-transfer-encoding") === undefined
  )
    fields.push(["Content-Transfer-Encoding", encoderOf(value.encoder).name]);
  const fieldLines = own.filter((line) => nameOf(line) !== "content-type");
  const isDisposed = ownValue("content-disposition") !== undefined;
  return formPart({
    ...(!isDisposed && {
      name,
      filename,
      disposition: inForm ? "form-data" : named ? "attachment" : undefined,
    }),
    contentType: type,
    fields,
    fieldText: fieldLines.map((line) => `${line}\r\n`).join(""),
    escape: style.quotes,
    content: part.parts === undefined ? encoded(part, style) : multipartOf(part.parts, isForm(type), style),
  });
}

const isForm = (type = ""): boolean => /^multipart\/form-data(?:[\s;]|$)/i.test(type);

const nameOf = (line: string): string => line.slice(0, line.indexOf(":")).toLowerCase();

const stdin = new WeakMap<FormValue, Buffer>();

function contentOf({ value, kind }: TypedPart): Encodable {
  const { data } = value;
  if (kind === "text") return data;
  if (data === "-") {
    const known = stdin.get(value) ?? readInput("-");
    stdin.set(value, known);
    return known;
  }
  try {
    const status = statSync(data);
    // A pipe is read at once, and so is what is small.
    if (!status.isFile() || status.size < 64 * 1024) return readFileSync(data);
    return { open: () => fileStream(data, status.size), length: status.size };
  } catch (error) {
    throw new EndsAll(EXIT.read, `cannot read ${data}: ${fileProblem(error)}`);
  }
}

function encoded(part: TypedPart, { showsReads }: FormStyle): Encodable {
  const { encoder } = part.value;
  const content = encoder === undefined ? contentOf(part) : encoderOf(encoder).encode(contentOf(part));
  return showsReads && part.kind !== "text" ? asRead(content) : content;
}

function asRead(content: Encodable): Encodable {
  const { open, length } = opened(content);
  if (length === 0) return content;
  return {
    length,
    async *open() {
      yield READ_BEGINS;
      yield* open();
    },
  };
}

const baseName = (file: string): string => file.replace(/^.*[/\\]/s, "");

const TYPES: readonly (readonly [extension: string, type: string])[] = [
  [".gif", "image/gif"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
  [".txt", "text/plain"],
  [".htm", "text/html"],
  [".html", "text/html"],
  [".pdf", "application/pdf"],
  [".xml", "application/xml"],
];

/** curl's small table: by the name that is told, or else by the file's own. Plain text without a name is no news. */
function guessedType({ kind, value }: TypedPart, filename: string | undefined): string | undefined {
  const isFile = kind !== "text" && value.data !== "-";
  const guess = typeByName(filename) ?? (isFile ? typeByName(value.data) : undefined);
  if (guess === "text/plain" && filename === undefined) return undefined;
  return guess ?? (isFile && filename !== undefined ? "application/octet-stream" : undefined);
}

function typeByName(name = ""): string | undefined {
  return TYPES.find(([extension]) => name.toLowerCase().endsWith(extension))?.[1];
}
