import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ROOT } from "../../test/support/root.ts";
import { hits } from "./hits.ts";
import { COUNTERS, instrument } from "./instrument.ts";

/**
 * Bundles the targets and everything of `src/` that they reach into one module, with counters in the code of `src/`.
 * V8's own coverage takes milliseconds for each query, and we query after every input.
 *
 * @returns the number of counters.
 */
export async function bundleTargets(outfile: string): Promise<number> {
  const path = (name: string) => fileURLToPath(new URL(name, ROOT));
  const importCounters = `import { hits as ${COUNTERS} } from ${JSON.stringify(path("checks/fuzz/hits.ts"))};`;
  let counters = 0;
  const nextCounter = () => {
    if (counters === hits.length) throw new RangeError(`more than ${hits.length} branches`);
    return counters++;
  };
  await build({
    entryPoints: [path("checks/fuzz/targets.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2023",
    logLevel: "error",
    define: { WIREPANE_VERSION: '"0"' },
    plugins: [
      {
        name: "counters",
        setup({ onLoad }) {
          onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path: file }) => ({
            contents: `${importCounters}${instrument(readFileSync(file, "utf8"), nextCounter)}`,
            loader: "ts",
          }));
        },
      },
    ],
  });
  return counters;
}
