import { readFileSync, statSync } from "node:fs";
import {
  base64Content,
  formBoundary,
  formPart,
  type Multipart,
  type MultipartPart,
  multipartBody,
  multipartLength,
  multipartType,
  quotedPrintableContent,
} from "../../http.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { type Content, isLarge, readInput } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { fileStream, gathered } from "./file-stream.ts";
import { FormFieldReader, type FormValue } from "./form-field.ts";
import type { Settings } from "./settings.ts";

const BAD_ARGUMENT = 43;

/** A part before its content is looked for: a form is checked as a whole before any of its files is opened. */
interface Part {
  readonly name: string | undefined;
  readonly value: FormValue;
  readonly kind: "text" | "file" | "file as text";
  /** Parts within this one: those of `(` … `)`, or the files of `@a,b`. */
  readonly parts?: Part[] | undefined;
}

const forms = new WeakMap<Settings, Part[]>();

/** What -F and --form-string say. @throws {CurlError} 2: one of them says nothing that a form could have. */
export function formOf(settings: Settings): readonly Part[] {
  const known = forms.get(settings);
  if (known !== undefined) return known;
  const form: Part[] = [];
  const open = [form];
  for (const { name, value } of settings.given) {
    if (name === "form" || name === "form-string") addField(value, name === "form", open);
  }
  forms.set(settings, form);
  return form;
}

/** `open`: the lists of parts that a field may be added to, the innermost at the end. */
function addField(field: string, special: boolean, open: Part[][]): void {
  const equals = field.indexOf("=");
  if (equals === -1) throw new CurlError(EXIT.usage, `-F wants NAME=CONTENT, not "${field}"`);
  const name = field.slice(0, equals) || undefined;
  const value = field.slice(equals + 1);
  const current = open.at(-1) as Part[];
  if (!special) {
    current.push({ name, value: { ...NOTHING, data: value }, kind: "text" });
  } else if (value.startsWith("(")) {
    const parts: Part[] = [];
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
function files(name: string | undefined, reader: FormFieldReader): Part {
  const first = reader.read();
  if (!first.more) return { name, value: first, kind: "file" };
  const parts: Part[] = [{ name: undefined, value: first, kind: "file" }];
  for (let value = first; value.more; ) {
    value = reader.read();
    parts.push({ name: undefined, value, kind: "file" });
  }
  return { name, value: { ...NOTHING, data: "" }, kind: "text", parts };
}

/**
 * The content of a form.
 *
 * @param given the value of a Content-Type of -H: the form is of this type, with the boundary behind it.
 * @throws {CurlError} 26: a file cannot be read. 43: there is no such encoder.
 */
export function formContent(settings: Settings, given: string | undefined): Content {
  const type = given ?? "multipart/form-data";
  const escape = settings.on("form-escape") ? "backslash" : "percent";
  const multipart = multipartOf(formOf(settings), isForm(type), escape);
  const length = multipartLength(multipart);
  return {
    kind: "form",
    read: () => {
      const body = multipartBody(multipart);
      return body instanceof Uint8Array ? body : gathered(body);
    },
    length,
    large: isLarge(length),
    type: multipartType(multipart, type),
  };
}

function multipartOf(parts: readonly Part[], inForm: boolean, escape: "percent" | "backslash"): Multipart {
  const random = crypto.getRandomValues(new Uint8Array(22));
  return { boundary: formBoundary(random), parts: parts.map((part) => partOf(part, inForm, escape)) };
}

function partOf(part: Part, inForm: boolean, escape: "percent" | "backslash"): MultipartPart {
  const { name, value, kind } = part;
  const own = value.headers.map(splitLine).filter((line) => line !== undefined);
  const valueOf = (wanted: string) => own.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const filename = value.filename ?? (kind === "file" ? baseName(value.data) : undefined);
  const type =
    value.type ?? valueOf("content-type") ?? (part.parts ? "multipart/mixed" : guessedType(part, filename));
  const named = name !== undefined || filename !== undefined;
  const fields: (readonly [string, string])[] = [];
  if (value.encoder !== undefined && valueOf("content-transfer-encoding") === undefined)
    fields.push(["Content-Transfer-Encoding", encoderOf(value.encoder).name]);
  fields.push(...own.filter(([name]) => name.toLowerCase() !== "content-type"));
  const isDisposed = valueOf("content-disposition") !== undefined;
  return formPart({
    ...(!isDisposed && {
      name,
      filename,
      disposition: inForm ? "form-data" : named ? "attachment" : undefined,
    }),
    contentType: type,
    fields,
    escape,
    content:
      part.parts === undefined
        ? encoded(contentOf(part), value.encoder)
        : multipartOf(part.parts, isForm(type), escape),
  });
}

const isForm = (type = ""): boolean => /^multipart\/form-data(?:[\s;]|$)/i.test(type);

/** A line without a colon is dropped. */
function splitLine(line: string): readonly [name: string, value: string] | undefined {
  const colon = line.indexOf(":");
  return colon === -1 ? undefined : [line.slice(0, colon), line.slice(colon + 1).trim()];
}

const stdin = new WeakMap<FormValue, Buffer>();

function contentOf({
  value,
  kind,
}: Part): string | Uint8Array | { open(): AsyncIterable<Uint8Array>; length: number } {
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
    throw new CurlError(EXIT.read, `cannot read ${data}: ${fileProblem(error)}`);
  }
}

type Encodable = ReturnType<typeof contentOf>;

function encoded(content: Encodable, encoder: string | undefined): MultipartPart["content"] {
  return encoder === undefined ? content : encoderOf(encoder).encode(content);
}

interface Encoder {
  readonly name: string;
  readonly encode: (content: Encodable) => MultipartPart["content"];
}

const ENCODERS: readonly Encoder[] = [
  { name: "binary", encode: (content) => content },
  { name: "8bit", encode: (content) => content },
  { name: "7bit", encode: sevenBits },
  { name: "base64", encode: base64Content },
  // As in curl, nobody knows the length of it.
  { name: "quoted-printable", encode: (content) => quotedPrintableContent(opened(content)) },
];

function encoderOf(name: string): Encoder {
  const encoder = ENCODERS.find((one) => one.name === name.toLowerCase());
  if (encoder === undefined) {
    const known = ENCODERS.map(({ name }) => name).join(", ");
    throw new CurlError(BAD_ARGUMENT, `-F knows no encoder "${name}", but ${known}`);
  }
  return encoder;
}

function sevenBits(content: Encodable): MultipartPart["content"] {
  const { open } = opened(content);
  return {
    ...opened(content),
    async *open() {
      for await (const bytes of open()) {
        if (bytes.some((byte) => byte > 0x7f))
          throw new CurlError(EXIT.read, "encoder=7bit: there is an octet of 8 bits");
        yield bytes;
      }
    },
  };
}

function opened(content: Encodable): { open(): AsyncIterable<Uint8Array>; length: number } {
  if (typeof content === "object" && "open" in content) return content;
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    async *open() {
      yield bytes;
    },
    length: bytes.length,
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
function guessedType({ kind, value }: Part, filename: string | undefined): string | undefined {
  const isFile = kind !== "text" && value.data !== "-";
  const guess = typeByName(filename) ?? (isFile ? typeByName(value.data) : undefined);
  if (guess === "text/plain" && filename === undefined) return undefined;
  return guess ?? (isFile && filename !== undefined ? "application/octet-stream" : undefined);
}

function typeByName(name = ""): string | undefined {
  return TYPES.find(([extension]) => name.toLowerCase().endsWith(extension))?.[1];
}
