import { CommandError, EXIT } from "./exit-codes.ts";

/**
 * The bytes of a text of hexadecimal digits: plain (`xxd -p`), with colons (`47:45`), or a dump with offsets (`xxd`,
 * `hexdump -C`). `undefined`: the text is none of these.
 *
 * @throws {CommandError} if digits or lines are missing.
 */
export function bytesOfHex(text: string): Buffer | undefined {
  const lines = linesOf(text);
  if (isDump(lines)) return bytesOfDump(lines);
  const words = text.trim().split(/[\s:]+/);
  if (!words.every((word) => DIGITS.test(word))) return undefined;
  return bytesOfDigits(words.join(""), "");
}

/**
 * Whether a text is hexadecimal without a doubt: a dump with offsets, pairs with colons, or the digits of the beginning
 * of a message. "dead beef" is not: it may be plain text.
 */
export function isSurelyHex(text: string): boolean {
  if (isDump(linesOf(text)) || /^[0-9a-f]{2}(?:\s*:\s*[0-9a-f]{2})+$/i.test(text.trim())) return true;
  const digits = text.replace(/\s+/g, "");
  if (!DIGITS.test(digits)) return false;
  return /^(?:HTTP\/|[!#$%&'*+.^_`|~\w-]+ )/.test(Buffer.from(digits, "hex").toString("latin1"));
}

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

const DIGITS = /^[0-9a-f]+$/i;
/** `00000000: 4745 5420 2f20  GET / ` */
const XXD = /^([0-9a-f]{4,16}): ((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?: {2}.*|\s*)$/i;
/** `00000000  47 45 54 20 2f 20 48 54  54 50  |GET / HTTP|` */
const HEXDUMP = /^([0-9a-f]{4,16}) {2}((?:[0-9a-f]{2} {1,2})+) *\|.*\|$/i;
/** `*` for lines that repeat the line before, and the last line, which is only an offset. */
const REST = /^(?:\*|[0-9a-f]{4,16})$/i;

function isDump([first, ...others]: readonly string[]): boolean {
  if (first === undefined) return false;
  const line = XXD.test(first) ? XXD : HEXDUMP;
  return line.test(first) && others.every((other) => line.test(other) || REST.test(other));
}

const MAX_DUMP_BYTES = 64 * 1024 * 1024;

function bytesOfDump(lines: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  let repeats = false;
  for (const [index, line] of lines.entries()) {
    if (line === "*") {
      repeats = true;
      continue;
    }
    const [, offset = line, octets = ""] = XXD.exec(line) ?? HEXDUMP.exec(line) ?? [];
    const start = Number.parseInt(offset, 16);
    const last = parts.at(-1);
    for (; repeats && last !== undefined && length < start && start <= MAX_DUMP_BYTES; length += last.length)
      parts.push(last);
    repeats = false;
    if (start !== length) throw broken(`line ${index + 1} begins at byte ${start}, after ${length} bytes`);
    const bytes = bytesOfDigits(octets.replace(/\s+/g, ""), `line ${index + 1}: `);
    parts.push(bytes);
    length += bytes.length;
  }
  return Buffer.concat(parts);
}

function bytesOfDigits(digits: string, where: string): Buffer {
  if (digits.length % 2 === 1)
    throw broken(`${where}${digits.length} hexadecimal digits are not a whole number of bytes`);
  return Buffer.from(digits, "hex");
}

const broken = (what: string): CommandError =>
  new CommandError(EXIT.read, `the hex is not complete: ${what}`);
