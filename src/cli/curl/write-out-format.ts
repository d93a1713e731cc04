import { readInput } from "./content.ts";
import { octetsOf } from "./octets.ts";
import type { Settings } from "./settings.ts";

/** The format of -w, read once: stdin has it only once. */
const FORMATS = new WeakMap<Settings, string>();

/** The format of -w as octets, of its file, too, without line ends. @throws {CurlError} 26: the file is not there. */
export function writeOutFormat(settings: Settings): string | undefined {
  const given = settings.value("write-out");
  if (given === undefined || !given.startsWith("@")) return given && octetsOf(given);
  const format = FORMATS.get(settings) ?? withoutLineEnds(readInput(given.slice(1)));
  FORMATS.set(settings, format);
  return format;
}

const withoutLineEnds = (bytes: Buffer): string => bytes.toString("latin1").replace(/[\r\n\0]/g, "");
