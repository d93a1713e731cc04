import type { FileHandle } from "node:fs/promises";
import { latin1 } from "../../../bytes/text.ts";

/** Types of text that get `charset=utf-8`: their RFCs make it the default, or (plain) the text cannot state it itself. */
const UTF8_TYPES: ReadonlySet<string> = new Set([
  "text/plain",
  "text/javascript", // RFC 9239 §4.2
  "text/markdown", // RFC 7763 §2
  "text/csv", // RFC 7111 §5.1
  "text/vtt",
  "text/calendar", // RFC 5545 §3.1.4
  "text/vcard", // RFC 6350 §3.1
]);

/** Types of text that can state their charset themselves. A charset in the field would overrule it. */
const SELF_DECLARING_TYPES: ReadonlySet<string> = new Set(["text/html", "text/css"]);
/** Browsers look for the charset in so many bytes (HTML §13.2.3.2, CSS Syntax §3.2). */
const DECLARATION_BYTES = 1024;

/** The fields that state the type of a file, by its name. A file of unknown type is to be saved: browsers must not guess. */
export async function mediaTypeFields(name: string, handle: FileHandle): Promise<[string, string][]> {
  const { default: mime } = await import("mime"); // a large table: loaded only where files are served
  // The table looks at what follows the last dot. Without a dot that would be the whole name.
  const type = name.includes(".") ? mime.getType(name) : null;
  if (type === null) {
    return [
      ["Content-Type", "application/octet-stream"],
      ["Content-Disposition", "attachment"],
    ];
  }
  const isUtf8 = UTF8_TYPES.has(type) || (SELF_DECLARING_TYPES.has(type) && !(await declaresCharset(handle)));
  return [["Content-Type", isUtf8 ? `${type}; charset=utf-8` : type]];
}

/** By a byte order mark, `<meta charset>`, `<meta http-equiv>`, or `@charset`. */
async function declaresCharset(handle: FileHandle): Promise<boolean> {
  const bytes = new Uint8Array(DECLARATION_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  const start = latin1(bytes, 0, bytesRead);
  return /^(?:\xff\xfe|\xfe\xff|\xef\xbb\xbf)|charset\s*=|^@charset/i.test(start);
}
