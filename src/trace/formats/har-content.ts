import { joined } from "../../bytes/copy.ts";
import { latin1 } from "../../bytes/text.ts";
import { fieldValue, type RecordedMessage } from "../message-stream.ts";

/** Undoes one content coding. `undefined`: the coding is not known, or the bytes are not what they should be. */
export type Decode = (coding: string, bytes: Uint8Array) => Uint8Array | undefined;

/** As Chromium calls content without a Content-Type. */
const UNKNOWN_TYPE = "x-unknown";
const LEFT_OUT = "left out: the content is longer than the limit";

/** `content` of a response: text where it surely is text, else base64. */
export function contentOf(message: RecordedMessage, decode: Decode | undefined): object {
  const { fields, contentBytes, contentLeftOut, complete } = message;
  const mimeType = fieldValue(fields, "content-type") ?? UNKNOWN_TYPE;
  if (contentLeftOut) return { size: contentBytes, mimeType, comment: LEFT_OUT };
  const coded = joined(message.content);
  const codings = codingsOf(fields);
  const decoded = complete && codings.length > 0 ? decodedOf(coded, codings, decode) : undefined;
  const bytes = decoded ?? coded;
  const stillCoded = codings.length > 0 && decoded === undefined;
  return {
    size: bytes.length,
    ...(decoded !== undefined && { compression: decoded.length - coded.length }),
    mimeType,
    ...(bytes.length > 0 && textOrBase64(bytes, mimeType, stillCoded)),
    ...(stillCoded && bytes.length > 0 && { comment: `still coded: ${codings.join(", ")}` }),
  };
}

/** `postData` of a request. HAR 1.2 has no base64 here: `_base64` is ours. */
export function postDataOf({ fields, content, contentLeftOut }: RecordedMessage): object {
  const mimeType = fieldValue(fields, "content-type") ?? UNKNOWN_TYPE;
  if (contentLeftOut) return { mimeType, text: "", comment: LEFT_OUT };
  const bytes = joined(content);
  const shown = textOrBase64(bytes, mimeType, codingsOf(fields).length > 0);
  if (shown.encoding !== undefined)
    return { mimeType, text: "", _base64: shown.text, comment: "binary: the bytes are in _base64" };
  // Not `params`: HAR 1.2 allows one of the two, and only the text has the bytes.
  return { mimeType, text: shown.text };
}

const codingsOf = (fields: RecordedMessage["fields"]): string[] =>
  fields
    .filter(([name]) => name.toLowerCase() === "content-encoding")
    .flatMap(([, value]) => value.toLowerCase().split(","))
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");

/** The last coding was applied last, so it is undone first (RFC 9110 §8.4). */
function decodedOf(
  bytes: Uint8Array,
  codings: readonly string[],
  decode: Decode | undefined,
): Uint8Array | undefined {
  let decoded: Uint8Array | undefined = bytes;
  for (const coding of codings.toReversed()) decoded = decoded && decode?.(coding, decoded);
  return decoded;
}

const TEXTUAL =
  /^(?:text\/|multipart\/|application\/(?:[\w.+-]*(?:json|xml|javascript|ecmascript)|x-www-form-urlencoded)\b)/i;

/** Text only if the bytes can be made from it again: valid UTF-8, or no type that says otherwise. */
function textOrBase64(
  bytes: Uint8Array,
  mimeType: string,
  coded: boolean,
): { readonly text: string; readonly encoding?: "base64" } {
  const charset = /;\s*charset="?([^\s";]+)/i.exec(mimeType)?.[1]?.toLowerCase() ?? "utf-8";
  const textual = TEXTUAL.test(mimeType) || mimeType === UNKNOWN_TYPE;
  const text = !coded && textual ? utf8Text(bytes) : undefined;
  const isAscii = text?.length === bytes.length;
  if (text !== undefined && (isAscii || charset === "utf-8" || charset === "utf8")) return { text };
  return { text: btoa(latin1(bytes)), encoding: "base64" };
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // no UTF-8
  }
}
