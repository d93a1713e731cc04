import { watchAlone } from "./alone.ts";
import { watchForParent } from "./for-parent.ts";

/**
 * Watches this thread from now on, and the threads and programs that it starts, if NODE_OPTIONS says so.
 *
 * Below `wirepane watch` (WIREPANE_WATCH) everything is told to that command. Otherwise it is written to the file that
 * WIREPANE_RECORD names, as NDJSON, or shown on stderr as a timeline. Secrets are masked unless WIREPANE_REVEAL is 1. A
 * second call does nothing.
 */
export function watchThisProgram(): void {
  const { WIREPANE_WATCH: path } = process.env;
  if (path) watchForParent(path);
  else watchAlone();
}
