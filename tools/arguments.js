import { parseArgs } from "node:util";

/**
 * `parseArgs`, whose errors become one line and exit code 2.
 *
 * @template {import("node:util").ParseArgsConfig} Config
 * @param {Config} config
 * @returns {ReturnType<typeof parseArgs<Config>>}
 */
export function argumentsOf(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(2);
  }
}
