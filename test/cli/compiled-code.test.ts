import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

const dist = fileURLToPath(new URL("dist", ROOT));

describe("what V8 compiled", () => {
  let home = "";
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "wirepane-home-")));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** Starts the command, in a home of its own. */
  function start(words: readonly string[], env: Readonly<Record<string, string>> = {}, folder = dist) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "wirepane.cjs"), ...words], {
      env: { PATH: process.env.PATH, HOME: home, ...env },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }
  const caches = (name: string, mode: number): string => {
    const path = join(home, name);
    mkdirSync(path);
    chmodSync(path, mode); // whatever the umask
    return path;
  };
  const kept = (path: string): string[] => readdirSync(join(path, "wirepane/compiled"));

  test("is kept below ~/.cache, where there is one", () => {
    const path = caches(".cache", 0o700);
    const first = start(["--help"]);
    assert.equal(first.status, 0);
    assert.ok(kept(path).length > 0);
    assert.deepEqual(start(["--help"]), first);
  });

  test("leaves nothing in a home that has no .cache", () => {
    assert.equal(start(["--help"]).status, 0);
    assert.deepEqual(readdirSync(home), []);
  });

  test("is kept in $XDG_CACHE_HOME, unless others can write to it", () => {
    const path = caches("caches", 0o700);
    assert.equal(start(["--help"], { XDG_CACHE_HOME: path }).status, 0);
    assert.ok(kept(path).length > 0);
    const open = caches("open", 0o777);
    assert.equal(start(["--help"], { XDG_CACHE_HOME: open }).status, 0);
    assert.deepEqual(kept(open), []);
  });

  test("is not kept where the user turned that off", () => {
    const path = caches("caches", 0o700);
    const env = { XDG_CACHE_HOME: path, NODE_DISABLE_COMPILE_CACHE: "1" };
    assert.equal(start(["--help"], env).status, 0);
    assert.deepEqual(kept(path), []);
  });

  const byUs = !("enableCompileCache" in module);
  const skip = byUs ? false : "this Node keeps compiled code itself";

  test("is of no use for another file of the same length", { skip }, () => {
    const path = caches("caches", 0o700);
    const copy = join(home, "dist");
    cpSync(dist, copy, { recursive: true, filter: (name) => !name.includes("/page") });
    cpSync(join(dist, "../package.json"), join(home, "package.json"));
    const changed = join(copy, "unwatched.cjs");
    assert.match(start(["--help"], { XDG_CACHE_HOME: path }, copy).stdout, /TCP and HTTP you can see/);
    const code = readFileSync(changed, "utf8");
    writeFileSync(changed, code.replaceAll("TCP and HTTP you can see", "TCP and HTTP you can SEE"));
    assert.match(start(["--help"], { XDG_CACHE_HOME: path }, copy).stdout, /TCP and HTTP you can SEE/);
  });

  test("may be cut or overwritten: the command compiles anew, and keeps that", { skip }, () => {
    const path = caches("caches", 0o700);
    const env = { XDG_CACHE_HOME: path };
    const first = start(["--help"], env);
    for (const name of kept(path)) {
      const file = join(path, "wirepane/compiled", name);
      const whole = readFileSync(file);
      for (const damaged of [
        whole.subarray(0, 63),
        whole.subarray(0, 64),
        whole.subarray(0, 500),
        Buffer.alloc(0),
      ]) {
        writeFileSync(file, damaged);
        assert.deepEqual(start(["--help"], env), first);
        assert.ok(statSync(file).size > 500);
      }
    }
  });

  test("does not keep a user's handler from being loaded", () => {
    const path = caches("caches", 0o700);
    const handler = join(home, "handler.mjs");
    writeFileSync(handler, "export default async () => {};\nprocess.exit(7);\n");
    for (const _ of ["first", "from what was kept"])
      assert.equal(start(["listen", "0", "--handler", handler], { XDG_CACHE_HOME: path }).status, 7);
  });
});
