import type { Fault } from "./fault.ts";
import { FaultError } from "./fault-error.ts";
import { faultOfJson } from "./fault-json.ts";
import { parseFault } from "./text.ts";

/**
 * Reads the faults of a file: one on each line, with comments behind `#` at the beginning of a line or behind a space; or
 * a JSON array of toxics as toxiproxy's API shows them.
 *
 * @throws {FaultError} that names the line, or the number of the toxic
 */
export function parseFaults(text: string): Fault[] {
  if (text.trimStart().startsWith("[")) return faultsOfJson(text);
  const faults: Fault[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const content = line.replace(/(^|\s)#.*$/, "").trim();
    if (content !== "") faults.push(located(`line ${index + 1}`, () => parseFault(content)));
  });
  return faults;
}

function faultsOfJson(text: string): Fault[] {
  let toxics: unknown;
  try {
    toxics = JSON.parse(text);
  } catch (error) {
    throw new FaultError(`the list of toxics is no JSON: ${(error as Error).message}`);
  }
  return (toxics as unknown[]).map((toxic, index) => located(`toxic ${index + 1}`, () => faultOfJson(toxic)));
}

function located(where: string, read: () => Fault): Fault {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new FaultError(`${where}: ${error.message}`, error.word, error.expected);
  }
}
