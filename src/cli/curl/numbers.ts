import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";

/**
 * Numbers of options, as curl reads them. The errors have exit code 2 and say what is wrong, in curl's words; the
 * caller says with which option.
 */

const UNITS = "bkmgtp";
const MAX_NUMBER = 2n ** 63n - 1n;
export const MAX_PORT = 65_535;
/** curl counts milliseconds in a long. */
const MAX_SECONDS = Number.MAX_SAFE_INTEGER / 1000;

/** `--limit-rate`, `--max-filesize`: octets with a unit, `1.5k` = 1536. Above 2^53 the number is not exact. */
export function parseSize(text: string): number {
  const [whole, integer, fraction, unit] = /^(\d+)(?:\.(\d+))?([a-z])?/i.exec(text) ?? [];
  if (whole === undefined || integer === undefined || /^\d+\.(?!\d)/.test(text)) throw improper();
  const power = unit === undefined ? 0 : UNITS.indexOf(unit.toLowerCase());
  if (whole !== text || power === -1 || (fraction !== undefined && power === 0))
    throw wrong("is badly used here");
  const factor = 1024n ** BigInt(power);
  const digits = (fraction ?? "").slice(0, 18);
  const size = BigInt(integer) * factor + (BigInt(digits || "0") * factor) / 10n ** BigInt(digits.length);
  if (size > MAX_NUMBER) throw wrong("too large number");
  return Number(size);
}

/** `--retry`, `--speed-time` and their kind: a whole number from 0. */
export function parseCount(text: string): number {
  if (/^-\d+$/.test(text)) throw wrong("expected a positive numerical parameter");
  if (!/^\d+$/.test(text) || BigInt(text) > MAX_NUMBER) throw improper();
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** `--max-redirs`: -1 is no limit. */
export function parseCountOrNone(text: string): number {
  if (text === "-1") return -1;
  if (text.startsWith("-")) throw improper();
  return parseCount(text);
}

/** `--max-time`, `--connect-timeout`, `--retry-delay`: seconds with a fraction, as milliseconds. */
export function parseSeconds(text: string): number {
  // What stands behind the number is not looked at: curl takes "1s" as well as "1,5".
  const [, integer, dot, fraction = ""] = /^(\d+)(\.(\d*))?/.exec(text) ?? [];
  if (integer === undefined) throw improper();
  if (dot === "." || Number(integer) > MAX_SECONDS) throw wrong("too large number");
  return Number(integer) * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0"));
}

/** What `-r` puts behind `bytes=`: a number without "-" is the start of an open range, anything else goes as it is. */
export function rangeOf(text: string): string {
  const [, start] = /^(\d+)(?![\d-])/.exec(text) ?? [];
  return start === undefined ? text : `${BigInt(start)}-`;
}

/** `--local-port`: one port, or the first and the last with "-" between. From 0, curl means any port. */
export function parsePorts(text: string): readonly [first: number, last: number] {
  const [, from, to = from] = /^(\d+)(?:[ \t]?-[ \t]?(\d+))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || first > MAX_PORT || last > MAX_PORT || last < first)
    throw wrong("is badly used here");
  return [first, last];
}

/** `--tls-max`: 1.0 to 1.3. `undefined`: default, which is no limit. */
export function parseTlsVersion(text: string): string | undefined {
  if (!/^(?:default|1\.[0-3])$/.test(text)) throw wrong("is badly used here");
  return text === "default" ? undefined : text;
}

/** `--create-file-mode`: octal, up to 0777. */
export function parseFileMode(text: string): number {
  if (!/^[0-7]+$/.test(text)) throw improper();
  const mode = Number.parseInt(text, 8);
  if (mode > 0o777) throw wrong("too large number");
  return mode;
}

function improper(): CurlError {
  return wrong("expected a proper numerical parameter");
}

function wrong(what: string): CurlError {
  return new CurlError(EXIT.usage, what);
}
