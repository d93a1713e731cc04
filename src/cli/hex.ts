import { counted } from "../trace.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

/**
 * The bytes of a text of hexadecimal digits: plain (`xxd -p`), with something between or before them (`47:45`, `0x47, 0x45`,
 * `\x47\x45`, the array of `xxd -i`), or a dump with offsets (`xxd`, `hexdump`, `od -tx1`). `undefined`: none of these.
 *
 * @throws {CommandError} if digits or lines are missing, or if this is a dump of another kind.
 */
export function bytesOfHex(text: string): Buffer | undefined {
  const lines = linesOf(text);
  const format = dumpFormat(lines);
  if (format?.unread !== undefined)
    throw new CommandError(EXIT.read, `this is not hex, but ${format.unread}`);
  if (format !== undefined) return bytesOfDump(lines.map(format.line), format.radix);
  const words = (ARRAY.exec(text)?.[1] ?? text)
    .replace(PREFIX, " ")
    .split(/[\s:,"]+/)
    .filter((word) => word !== "");
  if (words.length === 0 || !words.every((word) => DIGITS.test(word))) return undefined;
  return bytesOfDigits(words.join(""), "");
}

/**
 * Whether a text is hexadecimal without a doubt: a dump with offsets, octets that are marked as such, or the digits of the
 * beginning of a message. "dead beef" and "face: b00c" are not: they may be plain text.
 */
export function isSurelyHex(text: string): boolean {
  if (dumpFormat(linesOf(text)) !== undefined || MARKED.test(ARRAY.exec(text)?.[1] ?? text)) return true;
  const digits = text.replace(/\s+/g, "");
  if (!DIGITS.test(digits)) return false;
  return /^(?:HTTP\/|[!#$%&'*+.^_`|~\w-]+ )/.test(Buffer.from(digits, "hex").toString("latin1"));
}

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

const DIGITS = /^[0-9a-f]+$/i;
/** What stands before the digits of an octet in C, and in many other languages. */
const PREFIX = /(?<![0-9a-z])0x|\\x/gi;
/** At least two octets: `47:45`, `0x47, 0x45`, `\x47\x45`. */
const MARKED =
  /^\s*(?:[0-9a-f]{2}(?:\s*:\s*[0-9a-f]{2})+:?|0x[0-9a-f]{1,2}(?:[\s,]+0x[0-9a-f]{1,2})+,?|"?(?:\\x[0-9a-f]{2}){2,}"?)\s*$/i;
/** `unsigned char name[] = { 0x47, 0x45 }; unsigned int name_len = 2;` */
const ARRAY = /^\s*(?:\w+\s+)*\w+\[\d*\]\s*=\s*\{([^{}]*)\};?(?:\s*unsigned int \w+ = \d+;)?\s*$/;

interface DumpLine {
  readonly offset: string;
  readonly digits: string;
}

interface DumpFormat {
  /** What the dump shows in place of hex. */
  readonly unread?: string;
  /** Of the offsets. */
  readonly radix: 8 | 16;
  line(text: string): DumpLine;
}

/** `00000000: 4745 5420 2f20  GET / ` */
const XXD = /^(0[0-9a-f]{6,15}): ((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?: {2}.*|\s*)$/i;
/**
 * `00000000  47 45 54 20 2f 20 48 54  54 50  |GET / HTTP|` of `hexdump -C`, `0000000 47 45 54` of `od -tx1`,
 * `000000 47 45 54  >GET<` of `od -Ax -tx1z`, `0000000 4547 2054` of `hexdump`.
 */
const OD =
  /^(\d[0-9a-f]{5,15})((?: +(?:[0-9a-f]{2}|[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{16}))+) *(?:\|.*\||>.*<)?$/i;
/** `*` for lines that repeat the line before, and the last line, which is only an offset. */
const REST = /^(?:\*|[0-9a-f]{6,16})$/i;
const BITS = /^0[0-9a-f]{6,15}:(?: [01]{8})+(?: {2}|$)/i;
const OCTAL = /^0{7}(?: +[0-7]{6})+ *$/;

/** How to read a dump, as its lines look. `undefined`: this is no dump. */
function dumpFormat([first = "", ...others]: readonly string[]): DumpFormat | undefined {
  const isLike = (line: RegExp) =>
    line.test(first) && others.every((each) => line.test(each) || REST.test(each));
  const xxd = { radix: 16, line: inOrder } as const;
  if (isLike(BITS)) return { ...xxd, unread: "what xxd -b prints: leave -b out" };
  if (OCTAL.test(first)) return { ...xxd, unread: "the octal numbers of od: od -tx1 prints hex" };
  if (isLike(XXD)) return xxd;
  // Digits without a colon are a dump if they begin with offset 0.
  if (!/^0+ /.test(first) || !isLike(OD)) return undefined;
  return { radix: /^0{7} [0-9a-f]{2}\b/i.test(first) ? 8 : 16, line: littleEndian };
}

function inOrder(text: string): DumpLine {
  const [, offset = text, octets = ""] = XXD.exec(text) ?? [];
  return { offset, digits: octets.replace(/\s+/g, "") };
}

/** hexdump and od read numbers of two octets and more as this machine does: the last octet first. */
function littleEndian(text: string): DumpLine {
  const [, offset = text, groups = ""] = OD.exec(text) ?? [];
  const digits = groups.replace(/\w+/g, (group) => (group.match(/../g) ?? []).reverse().join(""));
  return { offset, digits: digits.replace(/\s+/g, "") };
}

const MAX_DUMP_BYTES = 64 * 1024 * 1024;

function bytesOfDump(lines: readonly DumpLine[], radix: 8 | 16): Buffer {
  try {
    return assembled(lines, radix);
  } catch (error) {
    // The offsets of `od -x` are octal. The first line looks like one of hexdump.
    if (!lines.every(({ offset }) => /^(?:\*|[0-7]{7})$/.test(offset))) throw error;
    return assembled(lines, 8);
  }
}

function assembled(lines: readonly DumpLine[], radix: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  let repeats = false;
  for (const [index, { offset, digits }] of lines.entries()) {
    if (offset === "*") {
      repeats = true;
      continue;
    }
    const start = Number.parseInt(offset, radix);
    const last = parts.at(-1);
    for (; repeats && last !== undefined && length < start && start <= MAX_DUMP_BYTES; length += last.length)
      parts.push(last);
    repeats = false;
    const isPadded = digits === "" && start < length && last !== undefined && start > length - last.length;
    if (start !== length && !isPadded)
      throw broken(`line ${index + 1} begins at byte ${start}, after ${counted(length, "byte")}`);
    // The last number was filled up with zeros: the offset at the end tells how long the input was.
    if (isPadded) return Buffer.concat(parts, start);
    const bytes = bytesOfDigits(digits, `line ${index + 1}: `);
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
