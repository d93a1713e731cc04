import { fileURLToPath } from "node:url";

/**
 * The option of Node that loads our hooks ahead of a program, to add to NODE_OPTIONS: with it, every Node that is started
 * tells its connections to the receiver at WIREPANE_WATCH.
 */
export function preloadOption(): string {
  const here = import.meta.url;
  // In the bundle of the command: a small file that is CommonJS, so that Node loads the program as it would without us.
  if (here.endsWith(".cjs")) return `--require ${quoted(fileURLToPath(new URL("../bin/watch.cjs", here)))}`;
  return `--import ${new URL(`../watch${here.endsWith(".ts") ? ".ts" : ".js"}`, here).href}`;
}

/** Node splits NODE_OPTIONS at spaces. */
const quoted = (path: string): string => `"${path.replace(/[\\"]/g, "\\$&")}"`;
