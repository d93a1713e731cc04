/**
 * Where a module of ours lies as a file, for threads and processes that begin with it: `moduleUrl("tcp/models/workers/entry")`.
 *
 * Three places to start from: the sources (.ts), what tsc made of them (.js, in the same folders), and the bundle
 * of the command, `dist/wirepane.cjs`, which has the compiled folders beside it.
 */
export function moduleUrl(name: string): URL {
  const here = import.meta.url;
  if (here.endsWith(".cjs")) return new URL(`./${name}.js`, here);
  return new URL(`../../../${name}${here.endsWith(".ts") ? ".ts" : ".js"}`, here);
}
