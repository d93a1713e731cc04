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
  // An address and its text are words that both share; of what tcp/ does, trace/ knows the types only.
  trace: ["http1", "bytes", "type tcp", "tcp/address.ts"],
  // The public entry points, as any user would.
  cli: ["index.ts", "tcp.ts", "http.ts", "http1.ts", "trace.ts"],
};

/** The files and folders marked ● there: they alone may touch Node. Every other file runs in a browser as it is. */
const mayUseNode: readonly string[] = [
  "cli/",
  "http/client/client.ts",
  "http/client/coding.ts",
  "http/server/files/directory-listing.ts",
  "http/server/files/file-content.ts",
  "http/client/lazy-response.ts",
  "http/server/files/open-inside.ts",
  "http/server/server.ts",
  "http/server/files/static-files.ts",
  "tcp/bind.ts",
  "tcp/clock.ts",
  "tcp/connect-race.ts",
  "tcp/connect.ts",
  "tcp/descriptors.ts",
  "tcp/listen.ts",
  "tcp/mechanisms.ts",
  "tcp/models/",
  "tcp/node-internals.ts",
  "tcp/public-address.ts",
  "tcp/resolve.ts",
  "tcp/socket-connection.ts",
  "tcp/socket-owner.ts",
  "tcp/socket-reader.ts",
  "tcp/tls-transport.ts",
  "tcp/tls.ts",
  "tcp/unix-path.ts",
  "trace/clock.ts",
];

interface Import {
  readonly file: string;
  readonly typeOnly: boolean;
  /** A path within src/ for our own files; the specifier as it is otherwise. */
  readonly target: string;
}

const files = readdirSync(new URL("src/", ROOT), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);
const sources = new Map(files.map((name) => [name, readFileSync(new URL(`src/${name}`, ROOT), "utf8")]));
const imports = files.flatMap(importsOf);

test("every folder imports only the folders below it", () => {
  const wrong = imports.filter(({ file, typeOnly, target }) => {
    const folder = file.split("/")[0] ?? "";
    const allowed = mayImport[folder];
    const aim = target.split("/")[0] ?? "";
    if (!allowed || !files.includes(target) || aim === folder) return false; // public lists; packages; siblings
    if (allowed.includes(target)) return false;
    return !allowed.includes(aim) && !(typeOnly && allowed.includes(`type ${aim}`));
  });
  assert.deepEqual(wrong, []);
});

test("every folder of src/ has its row in the import rules", () => {
  const folders = new Set(files.filter((name) => name.includes("/")).map((name) => name.split("/")[0]));
  assert.deepEqual(
    [...folders].filter((folder) => !(folder !== undefined && folder in mayImport)),
    [],
  );
});

test("only the files marked in the architecture touch Node; the rest runs in a browser", () => {
  const portable = (file: string) => !mayUseNode.some((place) => file.startsWith(place));
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

test("nothing stands on Node's own HTTP", () => {
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
