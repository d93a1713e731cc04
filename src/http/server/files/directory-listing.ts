import { opendir } from "node:fs/promises";
import { printable } from "../../../bytes/text.ts";
import type { ServerResponse } from "../handler.ts";
import { escapeHtml, htmlPage } from "../page.ts";
import { safePath } from "./safe-path.ts";

/** How many names of a directory are read: each costs time and memory. */
const MAX_NAMES = 10_000;
/** How many names one call to the system gives. */
const NAMES_AT_ONCE = 512;

/** A page of the names in the directory at `path`, without dot files. `segments` lead to it. */
export async function listingPage(path: string, segments: readonly string[]): Promise<ServerResponse> {
  const { names, more } = await namesIn(path);
  const rows = names.map(row);
  if (segments.length > 0) rows.unshift('<tr><td><a href="../">../</a>');
  const rest = more
    ? `<p>There are more names. These are the first ${MAX_NAMES} that the file system gave.`
    : "";
  return htmlPage(
    printable(`/${segments.map((segment) => `${segment}/`).join("")}`),
    `<table>\n${rows.join("\n")}\n</table>${rest}`,
  );
}

/** The names that were read, sorted. Names of directories end with a slash. */
async function namesIn(path: string): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = [];
  let read = 0;
  // Leaving the loop closes the directory.
  for await (const entry of await opendir(path, { bufferSize: NAMES_AT_ONCE })) {
    if (read++ === MAX_NAMES) return { names: names.sort(), more: true };
    if (entry.name.startsWith(".")) continue;
    names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
  }
  return { names: names.sort(), more: false };
}

function row(name: string): string {
  const shown = escapeHtml(printable(name));
  // Encoded as one segment, with its colon: otherwise `javascript:x` would be a scheme.
  const href = encodeURIComponent(name.replace(/\/$/, "")) + (name.endsWith("/") ? "/" : "");
  // A name with a control character, or not in UTF-8, cannot be asked for: it is listed without a link.
  return "refused" in safePath(`/${href}`)
    ? `<tr><td>${shown}`
    : `<tr><td><a href="${escapeHtml(href)}">${shown}</a>`;
}
