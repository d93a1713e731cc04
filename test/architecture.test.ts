import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";
import { ROOT } from "./support/root.ts";

// docs/architecture.md, "Who may import whom". If this test stops you, the design needs a talk, not the test.

/** Folder → what its files may import, besides their own folder. A type import of tcp/ is written "type tcp". */
const mayImport: Record<string, readonly string[]> = {
  bytes: [],
  http1: ["bytes"],
  tcp: ["bytes"],
  http: ["http1", "tcp", "bytes"],
  "http/client": ["http", "http1", "tcp", "bytes"],
  "http/server": ["http", "http1", "tcp", "bytes"],
  proxy: ["http", "http/server", "http1", "tcp", "bytes"],
  // Both sides use addresses and their text. Of everything else in tcp/, trace/ knows only the types.
  trace: ["http1", "bytes", "type tcp", "tcp/address.ts"],
  watch: ["trace", "tcp", "bytes"],
  // The public entry points, as any user would.
  cli: [
    "index.ts",
    "tcp.ts",
    "http.ts",
    "http1.ts",
    "trace.ts",
    "proxy.ts",
    "watch.ts",
    "lab.ts",
    "testing.ts",
  ],
  "lab/host": ["tcp.ts", "http.ts", "http1.ts", "trace.ts"],
  replay: ["proxy", "tcp", "http1", "trace", "bytes"],
  testing: ["proxy", "watch", "tcp", "trace", "bytes"],
  // What runs in a browser.
  "lab/model": ["browser.ts"],
  "lab/page": ["browser.ts", "lab/model"],
};

interface Import {
  readonly file: string;
  readonly typeOnly: boolean;
  /** The path within src/ for our own files; otherwise the specifier itself. */
  readonly target: string;
}

const files = readdirSync(new URL("src/", ROOT), { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.tsx?$/.test(name),
);
const sources = new Map(files.map((name) => [name, readFileSync(new URL(`src/${name}`, ROOT), "utf8")]));
const imports = files.flatMap(importsOf);
const documented = documentedFiles();

test("docs/architecture.md lists every file of src/, and no other", () => {
  assert.deepEqual([...documented.keys()].sort(), files.map(withoutSuffix).sort());
});

test("every folder imports only the folders below it", () => {
  const wrong = imports.filter(({ file, typeOnly, target }) => {
    const folder = layerOf(file);
    const allowed = mayImport[folder];
    const aim = layerOf(target);
    if (!allowed || !files.includes(target) || aim === folder) return false; // public lists; packages; siblings
    if (allowed.includes(target)) return false;
    return !allowed.includes(aim) && !(typeOnly && allowed.includes(`type ${aim}`));
  });
  assert.deepEqual(wrong, []);
});

test("every folder of src/ has its row in the import rules", () => {
  const folders = new Set(files.filter((name) => name.includes("/")).map(layerOf));
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in mayImport)),
    [],
  );
});

test("only the files marked in the architecture touch Node; the rest runs in a browser", () => {
  const portable = (file: string) => documented.get(withoutSuffix(file))?.touchesNode !== true;
  assert.deepEqual(
    imports.filter(({ file, target, typeOnly }) => target.startsWith("node:") && !typeOnly && portable(file)),
    [],
  );
  const globals = /^(?!\s*(?:\/\/|\*|\/\*)).*\b(?:Buffer|process|setImmediate|__dirname)\b[.([]/m;
  assert.deepEqual(
    files.filter((file) => portable(file) && globals.test(sources.get(file) ?? "")),
    [],
  );
});

test("from src/browser.ts no module of Node can be reached", () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const each of imports) if (each.file === file && !each.typeOnly) visit(each.target);
  };
  visit("browser.ts");
  assert.ok(reached.has("http1/connection.ts"));
  assert.deepEqual(
    [...reached].filter((target) => target.startsWith("node:")),
    [],
  );
});

test("nothing is built on Node's own HTTP", () => {
  const forbidden = ["http", "https", "http2", "_http_common", "undici"].flatMap((name) => [
    name,
    `node:${name}`,
  ]);
  assert.deepEqual(
    imports.filter(({ target }) => forbidden.includes(target)),
    [],
  );
  const builtin = /getBuiltinModule\(\s*["'](?:node:)?(?:https?|http2|_http\w*)["']/;
  assert.deepEqual(
    files.filter((file) => builtin.test(sources.get(file) ?? "")),
    [],
  );
});

test("no file of http/ imports itself by a detour, not even for a type", () => {
  const targetsOf = (file: string) =>
    imports.filter((each) => each.file === file).map(({ target }) => target);
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targetsOf(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) if (file.startsWith("http/")) visit(file, []);
  assert.deepEqual(
    cycles.filter((cycle) => cycle.includes("http/")),
    [],
  );
});

test("only the command asks URL.canParse, which Node 20 and 22 get wrong after many calls", () => {
  assert.deepEqual(
    files.filter((file) => !file.startsWith("cli/") && sources.get(file)?.includes("URL.canParse(")),
    [],
  );
});

test("there are no default exports, and no folder has a barrel", () => {
  const text = (file: string) => sources.get(file) ?? "";
  assert.deepEqual(
    files.filter((file) => /^export default\b/m.test(text(file))),
    [],
  );
  const nested = files.filter((file) => file.includes("/"));
  assert.deepEqual(
    nested.filter((file) => /(^|\/)index\.ts$/.test(file) || /^export \* from/m.test(text(file))),
    [],
  );
});

function withoutSuffix(file: string): string {
  return file.replace(/\.tsx?$/, "");
}

/** The folder that the import rules speak of: the longest one with a row. */
function layerOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return `${first}/${second}` in mayImport ? `${first}/${second}` : first;
}

/**
 * The tree in docs/architecture.md: a folder is `name/  what it is`, the files in it are the deeper lines
 * `name (what it is) · name`. ● behind the name of a file, or of the folder above it: it touches Node.
 */
function documentedFiles(): Map<string, { readonly touchesNode: boolean }> {
  const page = readFileSync(new URL("docs/architecture.md", ROOT), "utf8");
  const [, tree = ""] = /^src\/\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const listed = new Map<string, { readonly touchesNode: boolean }>();
  const above: { readonly indent: number; readonly path: string; readonly touchesNode: boolean }[] = [];
  for (const line of tree.split("\n").filter(Boolean)) {
    const indent = line.search(/\S/);
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop();
    const { path = "", touchesNode = false } = above.at(-1) ?? {};
    const [, name, mark] = /^\s*([\w-]+)\/(●?) {2}/.exec(line) ?? [];
    if (name !== undefined) {
      above.push({ indent, path: `${path}${name}/`, touchesNode: touchesNode || mark === "●" });
      continue;
    }
    for (const item of line.replace(/\([^)]*\)/g, "").split("·")) {
      const file = item.replace("●", "").trim();
      if (file !== "") listed.set(`${path}${file}`, { touchesNode: touchesNode || item.includes("●") });
    }
  }
  return listed;
}

/** Every import, re-export, dynamic import and built-in fetched by name in a file. */
function importsOf(file: string): Import[] {
  const pattern =
    /^(?:import|export)\s+(type\s)?[^"';=(]*?(?:from\s*)?"([^"]+)"|(?<!typeof )\bimport\(\s*"([^"]+)"|getBuiltinModule\(\s*"([^"]+)"/gm;
  return [...(sources.get(file) ?? "").matchAll(pattern)].map(([, type, fixed, dynamic, builtin]) => {
    const specifier = fixed ?? dynamic ?? builtin ?? "";
    const target = specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
    return { file, typeOnly: type !== undefined, target };
  });
}
