// Builds dist/: the library (tsc: one .js and .d.ts per source file), the command and the page (esbuild).
// With --if-needed it does nothing while dist/ is newer than its sources; with --command it builds only the command.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { directImports } from "./direct-imports.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const command = `${root}dist/wirepane.cjs`;
const entryPoints = ["index", "tcp", "http", "http1", "trace", "proxy", "watch", "lab", "testing"].map(
  (name) => `${root}src/${name}.ts`,
);
/** @type {import("esbuild").Plugin} */
const commandApart = {
  name: "command-apart",
  setup(build) {
    build.onResolve({ filter: /^\.\/run(-unwatched|-curl)?\.ts$/ }, ({ path, kind }) => {
      if (kind !== "dynamic-import") return undefined;
      const file = { "./run-curl.ts": "./curl.cjs", "./run-unwatched.ts": "./unwatched.cjs" }[path];
      return { path: file ?? "./command.cjs", external: true };
    });
  },
};
/**
 * The list of public suffixes is half as long as all else, and few command lines need it: a file of its own.
 *
 * @type {import("esbuild").Plugin}
 */
const suffixesApart = {
  name: "suffixes-apart",
  setup(build) {
    build.onResolve({ filter: /^tldts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./public-suffixes.cjs", external: true } : undefined,
    );
  },
};
/**
 * `import()` of a user's module must stay one. @type {import("esbuild").Plugin}
 */
const importApart = {
  name: "import-apart",
  setup(build) {
    build.onResolve({ filter: /\/import-file\.ts$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "./import-file.cjs", external: true } : undefined,
    );
  },
};
/**
 * Leaves out what a file of the command never comes to: which command lines it gets is decided in src/cli/main.ts.
 *
 * @param {RegExp} filter the paths of dynamic imports
 * @returns {import("esbuild").Plugin}
 */
const without = (filter) => ({
  name: "without",
  setup(build) {
    build.onResolve({ filter }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./command.cjs", external: true } : undefined,
    );
  },
});
const watchers = without(
  /\/(trace|lab)(\/|\.ts$)|commands\/(demo|explain|proxy|replay|watch)\.ts$|from-bytes\.ts$/,
);

if (process.argv.includes("--command")) {
  await buildCommand();
} else if (!process.argv.includes("--if-needed") || isStale()) {
  rmSync(`${root}dist`, { recursive: true, force: true });
  buildLibrary();
  await buildCommand();
  await buildPage();
}

function buildLibrary() {
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  const { status } = spawnSync(process.execPath, [compiler, "-p", root], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

// CommonJS, since it loads faster than ESM. Four files of the command: wirepane.cjs answers `--version` by itself. For a
// command that nobody watches it loads curl.cjs (`http`) or unwatched.cjs (all others), and command.cjs for everything else.
// Then V8 need not compile these anew each time (see src/cli/main.ts), and reads no more than it needs. In these files every
// `await import()` of ours is a function call, so a command runs only the modules that it needs.
async function buildCommand() {
  await bundle("main.ts", command, "#!/usr/bin/env node\n");
  await bundle("run.ts", `${root}dist/command.cjs`, "");
  await bundle("run-unwatched.ts", `${root}dist/unwatched.cjs`, "", [
    watchers,
    without(/\/curl\/command\.ts$/),
  ]);
  await bundle("run-curl.ts", `${root}dist/curl.cjs`, "", [watchers, without(/\.\/commands\//)]);
  await bundle("../watch/preload.ts", `${root}dist/watch.cjs`, "");
  await bundle("../tcp/models/import-file.ts", `${root}dist/import-file.cjs`, "", [], true);
  await bundle("../../node_modules/tldts/dist/es6/index.js", `${root}dist/public-suffixes.cjs`, "");
  chmodSync(command, 0o755);
}

/**
 * @param {string} entry
 * @param {string} outfile
 * @param {string} hashbang
 * @param {readonly import("esbuild").Plugin[]} plugins
 * @param {boolean} imports whether an `import()` stays what it is
 */
async function bundle(entry, outfile, hashbang, plugins = [], imports = false) {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  await build({
    absWorkingDir: root,
    entryPoints: [`src/cli/${entry}`],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    supported: { "dynamic-import": imports }, // require() instead: the loader of ESM takes longer than all of ours
    minify: true, // a third less to read, each time the command starts
    plugins: [
      commandApart,
      suffixesApart,
      importApart,
      ...plugins,
      directImports(entryPoints, /[\\/]src[\\/](?:cli|lab[\\/]host)[\\/].*\.ts$/),
    ],
    define: { "import.meta.url": "BUNDLE_URL", WIREPANE_VERSION: JSON.stringify(version) },
    banner: { js: `${hashbang}const BUNDLE_URL=require("node:url").pathToFileURL(__filename).href;` },
    logLevel: "warning",
  }).catch(() => process.exit(1)); // esbuild has printed the reason
}

/**
 * The page: a plain script, not a module, so that a browser opens it from a folder as well (`file:` has no modules).
 */
async function buildPage() {
  const page = `${root}src/lab/page/`;
  await build({
    absWorkingDir: root,
    entryPoints: [{ in: `${page}main.tsx`, out: "lab" }, `${page}lab.css`],
    outdir: `${root}dist/page`,
    bundle: true,
    format: "iife",
    target: ["es2022", "safari16"],
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfig: `${page}tsconfig.json`,
    logLevel: "warning",
  }).catch(() => process.exit(1));
  for (const name of ["index.html", "icon.svg"]) cpSync(page + name, `${root}dist/page/${name}`);
}

function isStale() {
  const built = statSync(command, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).map(
    (name) => `src/${name}`,
  );
  return ["package.json", "tsconfig.json", "tools/build.js", ...sources].some(
    (name) => statSync(root + name).mtimeMs > built,
  );
}
