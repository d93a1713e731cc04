import type { OwnLines } from "./own-lines.ts";
import type { Asked } from "./request.ts";

/** Lines of -H that tell who asks, and the one that names the server. */
const ONLY_FOR_FIRST = /^(?:authorization|cookie):/i;

/**
 * The lines of -H for one request. Behind a redirect to another origin, curl leaves out Authorization, Cookie and Host. A
 * probe has no content, whatever -H says of its length.
 */
export function linesFor({ elsewhere, probe }: Asked, own: OwnLines): OwnLines {
  if (!elsewhere && !probe) return own;
  const names = new Set(own.names);
  if (probe) names.delete("content-length");
  if (elsewhere) names.delete("host");
  const isLeftOut = (line: string) =>
    (elsewhere && ONLY_FOR_FIRST.test(line)) || (probe && /^content-length:/i.test(line));
  return {
    ...own,
    names,
    lines: own.lines.filter((line) => !isLeftOut(line)),
    host: elsewhere ? undefined : own.host,
  };
}
