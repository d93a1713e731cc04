import { utimesSync } from "node:fs";
import { parseCurlDate } from "./date.ts";
import { type OutputFile, pathOf } from "./output-file.ts";
import type { WriteOutField } from "./write-out.ts";

/** -R: the file gets the time of the last Last-Modified that came. One that is no date is 0, as in curl. */
export function setRemoteTime(file: OutputFile, responses: readonly (readonly WriteOutField[])[]): void {
  const found = responses.flat().findLast(([name]) => name.toLowerCase() === "last-modified");
  if (found === undefined) return;
  const time = parseCurlDate(found[1]) ?? 0;
  try {
    utimesSync(pathOf(file.path), time, time);
  } catch {
    // The content is here: that its time could not be set is no failure.
  }
}
