import { existsSync } from "node:fs";
import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import {
  parseCount,
  parseCountOrNone,
  parsePorts,
  parseSeconds,
  parseSize,
  parseTlsVersion,
} from "./numbers.ts";
import { checkProtocols } from "./protocols.ts";
import { parseRate } from "./rate.ts";
import { CURL_OPTIONS, type NumberKind, type OptionName } from "./table.ts";

/** Refuses a value that the option cannot have. `shown`: the option as it was given. @throws {CurlError} */
export function checkValue(shown: string, value: string, name: OptionName): void {
  const { number, isFile } = CURL_OPTIONS[name];
  try {
    if (number !== undefined) NUMBERS[number](value);
    checkProtocols(name, value);
  } catch (error) {
    if (!(error instanceof CurlError)) throw error;
    throw new CurlError(error.exitCode, `${shown} "${value}": ${error.message}`);
  }
  if (isFile && !existsSync(value))
    throw new CurlError(EXIT.usage, `the file "${value}" of ${shown} does not exist`);
}

const NUMBERS: Readonly<Record<NumberKind, (text: string) => unknown>> = {
  count: parseCount,
  redirects: parseCountOrNone,
  seconds: parseSeconds,
  size: parseSize,
  offset: parseOffset,
  rate: parseRate,
  ports: parsePorts,
  tls: parseTlsVersion,
};

/** curl counts in 63 bits. */
const LARGEST_OFFSET = 2n ** 63n - 1n;

/** -C: a number of bytes, or the size of the file. */
function parseOffset(text: string): void {
  if (text === "-") return;
  if (!/^\d+$/.test(text) || BigInt(text) > LARGEST_OFFSET)
    throw new CurlError(EXIT.usage, "expected a proper numerical parameter");
}
