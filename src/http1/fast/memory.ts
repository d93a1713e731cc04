import { KnownHosts } from "./known-hosts.ts";
import { LastHead } from "./last-head.ts";
import { UsualHeads } from "./usual-head.ts";

/**
 * All that the fast paths remember from one message to the next. Each part is bounded. A fast path with an empty
 * memory gives the same result, only later.
 */
export class FastMemory {
  readonly usualHeads = new UsualHeads();
  readonly lastHead = new LastHead();
  readonly hosts = new KnownHosts();
}

/** The memory of all connections of this thread. They share it, so an idle connection holds nothing of it. */
export const SHARED_MEMORY = new FastMemory();
