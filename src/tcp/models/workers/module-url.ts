/**
 * The file of one of our modules, for threads and processes that start with it: `moduleUrl("tcp/models/workers/entry")`.
 *
 * This code runs in one of three places: in the sources (.ts), in the compiled files (.js, in the same folders), or in the
 * bundle of the command, `dist/wirepane.cjs`, which has the compiled folders beside it.
 */
export function moduleUrl(name: string): URL {
  const here = import.meta.url;
  if (here.endsWith(".cjs")) return new URL(`./${name}.js`, here);
  return new URL(`../../../${name}${here.endsWith(".ts") ? ".ts" : ".js"}`, here);
}
