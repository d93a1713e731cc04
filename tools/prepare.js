// npm runs this after `npm ci`, before `npm pack` and `npm publish`, and in a clone that it installs from
// (`npm install -g .`, `npm install git+…`). Without it npm would link or pack a command that does not exist. Messages
// go to stderr: the stdout of `npm pack --json` is for programs.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
/** @type {import("node:child_process").StdioOptions} */
const onStderr = ["ignore", 2, 2];

if (!existsSync(`${root}node_modules/typescript`)) {
  console.error("wirepane: installing what the build needs into node_modules (npm ci)");
  // Without the options of the npm command above, such as `--global`.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  must("npm", ["ci", "--ignore-scripts", "--include=dev"], env);
}
must(process.execPath, ["tools/build.js", "--if-needed"], process.env);

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function must(program, args, env) {
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: onStderr });
  if (error) console.error(`wirepane: ${program}: ${error.message}`);
  if (status !== 0) process.exit(1);
}
