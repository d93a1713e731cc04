// A plug-in of esbuild for the command. The files of the command import from src/index.ts, as any user would. A bundler
// would then run all modules of index.ts before the first line of the command. This plug-in imports every name from the
// file that has it instead, so a command runs only what it uses: on Node ≥ 22 this halves the start of `wirepane http`.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

/**
 * @param {string} index path of src/index.ts
 * @param {RegExp} importers which files are treated so
 * @returns {import("esbuild").Plugin}
 */
export function directImports(index, importers) {
  const home = exportsOf(index);
  return {
    name: "direct-imports",
    setup(build) {
      build.onLoad({ filter: importers }, ({ path }) => ({
        contents: readFileSync(path, "utf8")
          .replace(/^import \{([^}]*)\} from "((?:\.\.\/)+index\.ts)";/gm, (_all, names) =>
            byFile(names, path)
              .map(([file, list]) => `import { ${list} } from "${file}";`)
              .join(" "),
          )
          .replace(/const \{([^}]*)\} = await import\("(?:\.\.\/)+index\.ts"\)/g, (_all, names) =>
            byFile(names, path)
              .map(([file, list]) => `const { ${list} } = await import("${file}")`)
              .join("; "),
          ),
        loader: "ts",
      }));
    },
  };

  /**
   * @param {string} names between the braces of an import
   * @param {string} importer
   * @returns {[file: string, names: string][]}
   */
  function byFile(names, importer) {
    /** @type {Map<string, string[]>} */
    const files = new Map();
    for (const specifier of specifiers(names)) {
      const [name = "", alias = name] = specifier.split(/ as |: /);
      const source = home.get(name);
      if (!source) throw new Error(`${importer}: src/index.ts has no export ${name}`);
      const file = relative(dirname(importer), source.file).replace(/^(?!\.)/, "./");
      const text = source.name === alias ? alias : `${source.name} as ${alias}`;
      files.set(file, [...(files.get(file) ?? []), text]);
    }
    return [...files].map(([file, list]) => [file, list.join(", ")]);
  }
}

/**
 * The file that each exported value comes from.
 *
 * @param {string} list a file that has nothing but `export … from`
 * @returns {Map<string, { file: string, name: string }>}
 */
function exportsOf(list) {
  const text = readFileSync(list, "utf8");
  const whole = [...text.matchAll(/^export \* from "([^"]+)";/gm)];
  const found = new Map(whole.flatMap(([, from = ""]) => [...exportsOf(resolve(dirname(list), from))]));
  for (const [, names = "", from = ""] of text.matchAll(/^export \{([^}]*)\} from "([^"]+)";/gm)) {
    for (const specifier of specifiers(names)) {
      const [name = "", alias = name] = specifier.split(" as ");
      found.set(alias, { file: resolve(dirname(list), from), name });
    }
  }
  return found;
}

/** The values among the names in braces; types do not exist at run time. @param {string} names */
function specifiers(names) {
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "));
}
