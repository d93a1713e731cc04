import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { runCli } from "../../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "wirepane-file-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "folder"));
for (const [name, content] of [
  ["ten", "0123456789"],
  ["empty", ""],
  ["folder/seen", "x"],
  ["folder/.hidden", "x"],
] as const)
  writeFileSync(join(folder, name), content);
for (const name of ["ten", "folder"]) utimesSync(join(folder, name), 1_767_323_045, 1_767_323_045);

const url = (name: string): string => `${pathToFileURL(folder).href}/${name}`;

/** Options, the file, and what curl 8.23 prints and ends with. */
const READS: readonly [options: string, name: string, exit: number, stdout: string][] = [
  ["", "ten", 0, "0123456789"],
  ["", "t%65n", 0, "0123456789"],
  ["", "ten#part", 0, "0123456789"],
  ["", "empty", 0, ""],
  ["", "gone", 37, ""],
  ["", "a%00b", 3, ""],
  ["", "folder", 0, "seen\n"],
  ["-r 2-4", "ten", 0, "234"],
  ["-r 5-", "ten", 0, "56789"],
  ["-r 5", "ten", 0, "56789"],
  ["-r 0-99", "ten", 0, "0123456789"],
  ["-r 2-99999999999999999999", "ten", 0, "23456789"],
  ["-r 10-", "ten", 0, ""],
  ["-r 11-", "ten", 36, ""],
  ["-r -3", "ten", 0, "789"],
  ["-r -11", "ten", 0, "0123456789"],
  ["-r -12", "ten", 36, ""],
  ["-r -", "ten", 0, "0123456789"],
  ["-r -0", "ten", 33, ""],
  ["-r 2-1", "ten", 33, ""],
  ["-r x", "ten", 33, ""],
  ["-r 99999999999999999999-", "ten", 33, ""],
  ["-r 1-2,4-5", "ten", 0, "12"],
  ["-r 1-", "folder", 36, ""],
  ["-r 5-2", "folder", 33, ""],
  ["-C 3", "ten", 0, "3456789"],
  ["-C 10", "ten", 0, ""],
  ["-C 11", "ten", 36, ""],
  ["-C 1", "folder", 36, ""],
  [
    "-I",
    "ten",
    0,
    "Content-Length: 10\r\nAccept-ranges: bytes\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n\r\n",
  ],
  ["-I", "folder", 0, "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n\r\n"],
];
/** What comes of each transfer, printed content first. One process does them all. */
async function outcomes(transfers: readonly (readonly string[])[]): Promise<string[]> {
  const mark = "<exit %{exitcode}>";
  const args = transfers.flatMap((each) => ["--next", "-s", "-w", mark, ...each]);
  const { stdout } = await runCli(["curl", ...args.slice(1)]);
  return stdout.toString().split(/(?<=<exit \d+>)/);
}

test("a file: URL gives the bytes, the heads and the exit codes of curl", async () => {
  const transfers = READS.map(([options, name]) => [...options.split(" ").filter(Boolean), url(name)]);
  const seen = await outcomes(transfers);
  for (const [i, [options, name, exit, stdout]] of READS.entries())
    assert.equal(seen[i], `${stdout}<exit ${exit}>`, `${options} ${name}`);
});

test("only the local host may be named, and a path may begin with two slashes", async () => {
  const path = join(folder, "ten");
  const right = ["localhost", "LOCALHOST/", "127.0.0.1/", "/"].map((host) => [`file://${host}${path}`]);
  const wrong = ["file://example.org/x", "file://localhost:80/x", "file:///c:/x", "file:/C|/x"].map(
    (each) => [each],
  );
  assert.deepEqual(await outcomes([...right, ...wrong]), [
    ...right.map(() => "0123456789<exit 0>"),
    ...wrong.map(() => "<exit 3>"),
  ]);
});

test("-T writes a file, and tells when it cannot", async () => {
  const written = join(folder, "written");
  assert.equal((await runCli(["curl", "-s", "-T", "-", url("written")], { input: "new" })).code, 0);
  assert.equal(readFileSync(written, "utf8"), "new");
  const refused = await runCli(["curl", "-sS", "-T", "-", url("no/such")], { input: "new" });
  assert.equal(refused.code, 23);
  assert.match(refused.stderr, /cannot write to .*no such file/);
});
