import type { PartKind, ValuePart, ValueReader } from "./part.ts";
import { isToken, listOf, part, type Range, split, textOf, weightPart } from "./scan.ts";

/** A member of a list with weights: what it means, and what is wrong with it. */
type Member = (text: string) => { readonly meaning: string; readonly problem?: string | undefined };

/** A list of members, each with an optional weight (RFC 9110 §12.4.2). */
const weighted =
  (kind: PartKind, section: string, member: Member): ValueReader =>
  (value) =>
    listOf(value).map((range) => {
      const [first = range, ...rest] = split(value, ";", range);
      const { meaning, problem } = member(textOf(value, first).toLowerCase());
      const weights = rest.map(
        (each) =>
          weightPart(value, each) ??
          part("parameter", each, "a parameter", section, "only a weight is expected: q=0.8"),
      );
      const parts = [part(kind, first, meaning, section, problem), ...weights];
      return weights.length === 0
        ? (parts[0] as ValuePart)
        : part("member", range, meaning, section, undefined, parts);
    });

const tokenProblem = (text: string): string | undefined =>
  isToken(text) ? undefined : "a token is expected: letters, digits and a few signs";

const CODINGS: Readonly<Record<string, string>> = {
  gzip: "gzip",
  "x-gzip": "gzip, by its old name",
  compress: "LZW, obsolete",
  "x-compress": "LZW, by its old name",
  deflate: "zlib",
  br: "Brotli (RFC 7932)",
  zstd: "Zstandard (RFC 8878)",
  dcb: "Brotli with a shared dictionary (RFC 9842)",
  dcz: "Zstandard with a shared dictionary (RFC 9842)",
  aes128gcm: "encrypted content (RFC 8188)",
  exi: "Efficient XML Interchange",
  "pack200-gzip": "compressed Java archives",
  identity: "as it is",
  "*": "any other coding",
};

/** The name of a content coding in words. `undefined`: the registry does not have it. */
const codingName = (text: string): string | undefined =>
  Object.hasOwn(CODINGS, text) ? CODINGS[text] : undefined;

/** Accept-Encoding (RFC 9110 §12.5.3). */
export const acceptEncoding = weighted("coding", "RFC 9110 §12.5.3", (text) => ({
  meaning: codingName(text) ?? "a coding that no registry has",
  problem: tokenProblem(text),
}));

/** Content-Encoding: the codings, in the order in which they were applied (RFC 9110 §8.4). */
export const contentEncoding: ValueReader = (value) =>
  listOf(value).map((range) => {
    const text = textOf(value, range).toLowerCase();
    const meaning = codingName(text) ?? "a coding that no registry has";
    const problem = text === "identity" ? "identity is for Accept-Encoding only" : tokenProblem(text);
    return part("coding", range, meaning, "RFC 9110 §8.4.1", problem);
  });

/** Accept-Charset (RFC 9110 §12.5.2). */
export const acceptCharset = weighted("value", "RFC 9110 §12.5.2", (text) => ({
  meaning: text === "*" ? "any other charset" : "a charset",
  problem: tokenProblem(text),
}));

/** Accept-Language (RFC 9110 §12.5.4). */
export const acceptLanguage = weighted("language", "RFC 9110 §12.5.4", (text) => ({
  meaning: text === "*" ? "any other language" : languageMeaning(text),
  problem: languageProblem(text),
}));

/** Content-Language (RFC 9110 §8.5). */
export const contentLanguage: ValueReader = (value) =>
  listOf(value).map((range) => {
    const text = textOf(value, range).toLowerCase();
    return part("language", range, languageMeaning(text), "RFC 9110 §8.5.1", languageProblem(text));
  });

function languageMeaning(text: string): string {
  const [language, ...more] = text.split("-");
  return more.length === 0
    ? `the language ${quoted(language ?? "")}`
    : `${quoted(language ?? "")}, a variant of this language`;
}

const quoted = (text: string): string => (/^[a-z0-9]{1,8}$/.test(text) ? text : "with this tag");

const languageProblem = (text: string): string | undefined =>
  /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*(?:-\*)?)$/.test(text)
    ? undefined
    : "a language tag is expected, such as en or de-CH (RFC 5646)";

/** Accept-Ranges: which units the server takes in Range (RFC 9110 §14.3). */
export const acceptRanges: ValueReader = (value) =>
  listOf(value).map((range: Range) => {
    const text = textOf(value, range).toLowerCase();
    const meaning =
      text === "bytes"
        ? "parts in bytes may be asked for"
        : text === "none"
          ? "no parts: ask for the whole"
          : "a unit";
    return part("unit", range, meaning, "RFC 9110 §14.3", tokenProblem(text));
  });

/** TE: transfer codings that the client takes, and whether it takes trailers (RFC 9110 §10.1.4). */
export const te = weighted("coding", "RFC 9110 §10.1.4", (text) => ({
  meaning:
    text === "trailers" ? "the client reads trailer fields" : "a transfer coding that the client takes",
  problem: text === "chunked" ? "chunked is always taken, and must not be listed" : tokenProblem(text),
}));
