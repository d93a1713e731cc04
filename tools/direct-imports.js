// A plug-in of esbuild for the command. Its files import from the public entry points, as any user would; a bundler then
// runs all that an entry point lists before the first line of any of them. Here every name is imported from the file that
// has it, so that a command runs only what it uses: on Node ≥ 22 this is half of the start of `wirepane http`.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

/** Exported name → the file that has it, and its name there. @typedef {Map<string, { file: string, name: string }>} Homes */

/**
 * @param {readonly string[]} entryPoints paths of files that have nothing but `export … from`
 * @param {RegExp} importers which files are treated so
 * @returns {import("esbuild").Plugin}
 */
export function directImports(entryPoints, importers) {
  /** @type {Map<string, Homes>} */
  const lists = new Map();
  for (const path of entryPoints) lists.set(path, homesOf(path, entryPoints));
  return {
    name: "direct-imports",
    setup(build) {
      build.onLoad({ filter: importers }, ({ path }) => ({
        contents: readFileSync(path, "utf8")
          .replace(/^import \{([^}]*)\} from "([^"]+)";/gm, (all, names, from) =>
            direct(all, names, from, path, (list, file) => `import { ${list} } from "${file}";`),
          )
          .replace(/const \{([^}]*)\} = await import\("([^"]+)"\);/g, (all, names, from) =>
            direct(all, names, from, path, (list, file) => `const { ${list} } = await import("${file}");`),
          ),
        loader: "ts",
      }));
    },
  };

  /**
   * @param {string} statement the import as it stands
   * @param {string} names between its braces
   * @param {string} from what it imports from
   * @param {string} importer
   * @param {(names: string, file: string) => string} write an import from one file
   */
  function direct(statement, names, from, importer, write) {
    const homes = lists.get(resolve(dirname(importer), from));
    if (homes === undefined) return statement;
    return byFile(names, homes, importer)
      .map(([file, list]) => write(list, file))
      .join(" ");
  }
}

/**
 * @param {string} names between the braces of an import
 * @param {Homes} homes
 * @param {string} importer
 * @returns {[file: string, names: string][]}
 */
function byFile(names, homes, importer) {
  /** @type {Map<string, string[]>} */
  const files = new Map();
  for (const specifier of specifiers(names)) {
    const [name = "", alias = name] = specifier.split(/ as |: /);
    const source = homes.get(name);
    if (!source) throw new Error(`${importer}: the entry point has no export ${name}`);
    const file = relative(dirname(importer), source.file).replace(/^(?!\.)/, "./");
    const text = source.name === alias ? alias : `${source.name} as ${alias}`;
    files.set(file, [...(files.get(file) ?? []), text]);
  }
  return [...files].map(([file, list]) => [file, list.join(", ")]);
}

/**
 * Where each value that an entry point exports comes from; what it has from another entry point, from behind that.
 *
 * @param {string} entryPoint
 * @param {readonly string[]} entryPoints
 * @returns {Homes}
 */
function homesOf(entryPoint, entryPoints) {
  /** @type {Homes} */
  const homes = new Map();
  const text = readFileSync(entryPoint, "utf8");
  for (const [, names = "", from = ""] of text.matchAll(/^export \{([^}]*)\} from "([^"]+)";/gm)) {
    const file = resolve(dirname(entryPoint), from);
    const behind = entryPoints.includes(file) ? homesOf(file, entryPoints) : undefined;
    for (const specifier of specifiers(names)) {
      const [name = "", alias = name] = specifier.split(" as ");
      homes.set(alias, behind?.get(name) ?? { file, name });
    }
  }
  return homes;
}

/** The values among the names in braces; types do not exist at run time. @param {string} names */
function specifiers(names) {
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "));
}
