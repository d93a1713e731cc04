import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ROOT } from "../../test/support/root.ts";
import type { Mutant } from "./mutant.ts";
import { runNode } from "./run-node.ts";

/** The parts of the repository that the tests need. Not build/ and dist/: they are made here. */
const COPIED = [
  "src",
  "bin",
  "wire",
  "test",
  "checks",
  "tools",
  "docs",
  "examples",
  "package.json",
  "tsconfig.json",
];
/** Tests in these folders run the command as users get it. */
const RUNS_COMMAND = /^test\/(?:cli|interop)\//;

/** A copy of the repository in which code may be broken. */
export class Workshop implements Disposable {
  readonly #root: string;
  /** Whether the command in dist/ is built from the present code. */
  #commandIsFresh = false;

  private constructor(root: string) {
    this.#root = root;
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop(mkdtempSync(join(tmpdir(), "wirepane-mutants-")));
    try {
      const here = fileURLToPath(ROOT);
      for (const name of COPIED) cpSync(join(here, name), join(workshop.#root, name), { recursive: true });
      symlinkSync(join(here, "node_modules"), join(workshop.#root, "node_modules"));
      await workshop.#compile(["src/**/*.ts", "wire/*.ts", "test/**/*.ts", "checks/**/*.ts", "tools/*.js"]);
    } catch (error) {
      workshop[Symbol.dispose]();
      throw error;
    }
    return workshop;
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Runs `work` while the code is broken. */
  async broken<T>({ file, text, becomes }: Mutant, work: () => Promise<T>): Promise<T> {
    const path = join(this.#root, "src", file);
    const source = readFileSync(path, "utf8");
    const set = async (content: string) => {
      writeFileSync(path, content);
      this.#commandIsFresh = false;
      await this.#compile([`src/${file}`]);
    };
    try {
      // A function, since "$&" in a replacement string has a special meaning.
      await set(source.replace(text, () => becomes));
      return await work();
    } finally {
      await set(source);
    }
  }

  /** The built file of a test, after building everything that it runs. */
  async prepared(test: string): Promise<string> {
    if (RUNS_COMMAND.test(test) && !this.#commandIsFresh) {
      const { code, output } = await runNode([join(this.#root, "tools/build.js"), "--command"], BUILD_MS);
      if (code !== 0) throw new Error(`the command cannot be built: ${output}`);
      this.#commandIsFresh = true;
    }
    return join(this.#root, "build", test.replace(/\.ts$/, ".js"));
  }

  /** Does what `tsc -p tsconfig.test.json` does, without checking types, in a hundredth of the time. */
  async #compile(files: string[]): Promise<void> {
    await build({
      absWorkingDir: this.#root,
      entryPoints: files,
      outbase: ".",
      outdir: "build",
      format: "esm",
      platform: "node",
      target: "node20.19",
      logLevel: "silent",
      plugins: [
        {
          name: "extensions",
          setup({ onLoad }) {
            onLoad({ filter: /\.ts$/ }, ({ path }) => ({
              contents: readFileSync(path, "utf8").replace(OWN_IMPORT, '$1"$2.js"'),
              loader: "ts",
            }));
          },
        },
      ],
    });
  }
}

const BUILD_MS = 120_000;
const OWN_IMPORT = /(\bfrom |\bimport\(|^import )"(\.{1,2}\/[^"]+)\.ts"/gm;
