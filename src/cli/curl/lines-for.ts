import type { OwnLines } from "./own-lines.ts";
import type { Asked } from "./request.ts";

/** Lines of -H that tell who asks, and the one that names the server. */
const ONLY_FOR_FIRST = /^(?:authorization|cookie):/i;

/**
 * The lines of -H for one request. Another origin has its own Host, and gets neither Authorization nor Cookie. A
 * probe has no content, whatever -H says of its length.
 */
export function linesFor({ elsewhere, probe }: Asked, own: OwnLines): OwnLines {
  if (elsewhere === undefined && !probe) return own;
  const names = new Set(own.names);
  if (probe) names.delete("content-length");
  if (elsewhere !== undefined) names.delete("host");
  const isLeftOut = (line: string) =>
    (elsewhere === "untrusted" && ONLY_FOR_FIRST.test(line)) || (probe && /^content-length:/i.test(line));
  return {
    ...own,
    names,
    lines: own.lines.filter((line) => !isLeftOut(line)),
    host: elsewhere !== undefined ? undefined : own.host,
  };
}
