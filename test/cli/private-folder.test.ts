import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { privateFolder } from "../../src/cli/private-folder.ts";

describe("a folder for code that is run", () => {
  let home = "";
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "wirepane-home-")));
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const made = (name: string, mode: number): string => {
    const path = join(home, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, mode); // whatever the umask
    return path;
  };

  test("is made if it is missing, for us alone", () => {
    const path = join(home, "a/b");
    assert.equal(privateFolder(path), path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  test("is used again", () => {
    const path = join(home, "a");
    assert.equal(privateFolder(path), path);
    assert.equal(privateFolder(path), path);
  });

  test("is not used where others may write to it, or look into it", () => {
    for (const mode of [0o777, 0o1777, 0o770, 0o720, 0o702, 0o755, 0o701]) {
      assert.equal(privateFolder(made(`mode-${mode.toString(8)}`, mode)), undefined, mode.toString(8));
    }
  });

  test("is not used where others may write to a folder above it", () => {
    const path = made("open/ours", 0o700);
    made("open", 0o777);
    assert.equal(privateFolder(path), undefined);
    made("open", 0o775);
    assert.equal(privateFolder(path), undefined);
    made("open", 0o755);
    assert.equal(privateFolder(path), path);
  });

  test("is used below a shared folder where others cannot replace our files, such as /tmp", () => {
    const path = made("open/ours", 0o700);
    made("open", 0o1777);
    assert.equal(privateFolder(path), path);
  });

  test("may be a link, whose target has to be private", () => {
    const path = made("safe", 0o700);
    symlinkSync(path, join(home, "link"));
    assert.equal(privateFolder(join(home, "link")), path);
    assert.equal(privateFolder(join(home, "link/deeper")), join(path, "deeper"));
    symlinkSync(made("shared", 0o777), join(home, "other-link"));
    assert.equal(privateFolder(join(home, "other-link")), undefined);
    assert.equal(privateFolder(join(home, "other-link/deeper")), undefined);
  });

  test("is not used if it is not a folder, or cannot be made", () => {
    assert.equal(privateFolder("/dev/null"), undefined);
    assert.equal(privateFolder("/dev/null/a"), undefined);
    assert.equal(privateFolder("/proc/wirepane"), undefined);
  });

  const asRoot = process.getuid?.() === 0;
  test("is not used where somebody else owns it, or a folder above it", {
    skip: !asRoot && "only root can give a folder away",
  }, () => {
    const path = made("above/theirs", 0o700);
    chownSync(path, 65_534, 65_534);
    assert.equal(privateFolder(path), undefined);
    chownSync(path, 0, 0);
    assert.equal(privateFolder(path), path);
    chownSync(join(home, "above"), 65_534, 65_534);
    assert.equal(privateFolder(path), undefined);
  });
});
