import { readFileSync, statSync } from "node:fs";
import {
  type FormPart,
  formBoundary,
  formPart,
  type Multipart,
  type MultipartPart,
  multipartBody,
  multipartLength,
  multipartType,
} from "../../http.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { type Content, isLarge, readInput } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import { fileStream, gathered } from "./file-stream.ts";
import { formOf, type TypedPart } from "./form.ts";
import { type Encodable, encoderOf } from "./form-encoder.ts";
import type { FormValue } from "./form-field.ts";
import { ownLines } from "./own-lines.ts";
import type { Settings } from "./settings.ts";

/**
 * The content of a form. With a Content-Type of -H it is of that type.
 *
 * @throws {CurlError} 26: a file cannot be read. 43: there is no such encoder.
 */
export function formContent(settings: Settings): Content {
  const type = ownLines(settings).value("content-type") ?? "multipart/form-data";
  const quotes = settings.on("form-escape") ? "backslash" : "percent";
  const multipart = multipartOf(formOf(settings), isForm(type), quotes);
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

type Quotes = FormPart["escape"];

function multipartOf(parts: readonly TypedPart[], inForm: boolean, quotes: Quotes): Multipart {
  const random = crypto.getRandomValues(new Uint8Array(22));
  return { boundary: formBoundary(random), parts: parts.map((part) => partOf(part, inForm, quotes)) };
}

function partOf(part: TypedPart, inForm: boolean, quotes: Quotes): MultipartPart {
  const { name, value, kind } = part;
  const own = value.headers.map(splitLine).filter((line) => line !== undefined);
  const ownValue = (wanted: string) => own.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const filename = value.filename ?? (kind === "file" ? baseName(value.data) : undefined);
  const type =
    value.type ?? ownValue("content-type") ?? (part.parts ? "multipart/mixed" : guessedType(part, filename));
  const named = name !== undefined || filename !== undefined;
  const fields: (readonly [string, string])[] = [];
  if (value.encoder !== undefined && ownValue("content-transfer-encoding") === undefined)
    fields.push(["Content-Transfer-Encoding", encoderOf(value.encoder).name]);
  fields.push(...own.filter(([name]) => name.toLowerCase() !== "content-type"));
  const isDisposed = ownValue("content-disposition") !== undefined;
  return formPart({
    ...(!isDisposed && {
      name,
      filename,
      disposition: inForm ? "form-data" : named ? "attachment" : undefined,
    }),
    contentType: type,
    fields,
    escape: quotes,
    content: part.parts === undefined ? encoded(part) : multipartOf(part.parts, isForm(type), quotes),
  });
}

const isForm = (type = ""): boolean => /^multipart\/form-data(?:[\s;]|$)/i.test(type);

/** A line without a colon is dropped. */
function splitLine(line: string): readonly [name: string, value: string] | undefined {
  const colon = line.indexOf(":");
  return colon === -1 ? undefined : [line.slice(0, colon), line.slice(colon + 1).trim()];
}

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
    throw new CurlError(EXIT.read, `cannot read ${data}: ${fileProblem(error)}`);
  }
}

function encoded(part: TypedPart): MultipartPart["content"] {
  const { encoder } = part.value;
  return encoder === undefined ? contentOf(part) : encoderOf(encoder).encode(contentOf(part));
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
