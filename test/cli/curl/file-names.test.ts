import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dispositionFileName } from "../../../src/cli/curl/content-disposition.ts";
import { isFolderName, NAMELESS, remoteName } from "../../../src/cli/curl/remote-name.ts";
import { ROOT } from "../../support/root.ts";

/** Recorded from curl 8.23.0: the file that `-OJ` and `-O` write. `null`: none, with exit code 23. */
interface Recorded {
  readonly dispositions: readonly {
    readonly value: string;
    readonly exit: number;
    readonly file: string | null;
  }[];
  readonly paths: readonly { readonly path: string; readonly exit: number; readonly file: string | null }[];
}

const { dispositions, paths } = JSON.parse(
  readFileSync(new URL("test/cli/curl/recorded/file-names.json", ROOT), "utf8"),
) as Recorded;
const MAX_NAME_LENGTH = 255;

for (const { value, exit, file } of dispositions) {
  test(`-J: ${JSON.stringify(value).slice(0, 60)} names the file that curl writes`, () => {
    // The URL's own name is "u".
    const name = dispositionFileName(value) ?? "u";
    if (exit === 0) assert.equal(name, file);
    else assert.ok(isFolderName(name) || name.length > MAX_NAME_LENGTH);
  });
}

for (const { path, exit, file } of paths) {
  test(`-O: ${JSON.stringify(path)} names the file that curl writes`, () => {
    const name = remoteName(`http://h${path}`) ?? NAMELESS;
    if (exit === 0) assert.equal(name, file);
    else assert.ok(isFolderName(name));
  });
}
