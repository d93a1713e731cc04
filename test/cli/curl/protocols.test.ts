import assert from "node:assert/strict";
import { test } from "node:test";
import { CurlError } from "../../../src/cli/curl/curl-error.ts";
import { checkProtocols, checkScheme, redirectSchemes } from "../../../src/cli/curl/protocols.ts";
import { Settings } from "../../../src/cli/curl/settings.ts";
import type { OptionName } from "../../../src/cli/curl/table.ts";

type Option = readonly [name: OptionName, value: string];
const settings = (...options: readonly Option[]): Settings =>
  new Settings(options.map(([name, value]) => ({ name, value, on: true })));

/** The exit code; 0 where nothing is wrong. */
function exitOf(check: () => void): number {
  try {
    check();
    return 0;
  } catch (error) {
    assert.ok(error instanceof CurlError);
    return error.exitCode;
  }
}

/** What curl 8.23 ends with. */
const VALUES: readonly [...Option, exit: number][] = [
  ["proto", "=https", 0],
  ["proto", "-all,http", 0],
  ["proto", "HTTP,,ftp", 0],
  ["proto", "+mqtts,-ws", 0],
  ["proto", "-all", 2],
  ["proto", "=http,-http", 2],
  ["proto", "nope", 2],
  ["proto", "http,nope", 2],
  ["proto", "--http", 2],
  ["proto", "=", 2],
  ["proto", "+", 2],
  ["proto", "smb", 2],
  ["proto", "-ipfs", 2],
  ["proto-redir", "=http", 0],
  ["proto-redir", "-all", 2],
  ["proto-redir", "-http,-https,-ftp,-ftps", 2],
  ["proto-default", "HTTP", 0],
  ["proto-default", "mqtts", 0],
  ["proto-default", "ipns", 1],
  ["proto-default", "nope", 1],
];
for (const [name, value, exit] of VALUES)
  test(`--${name} ${value} ends with ${exit}`, () =>
    assert.equal(
      exitOf(() => checkProtocols(name, value)),
      exit,
    ));

test("http, https and file are spoken, other protocols are refused with 1", () => {
  const exits = ["http", "https", "file", "ftp", "ipfs", "rtmp", "x"].map((scheme) =>
    exitOf(() => checkScheme(scheme, settings())),
  );
  assert.deepEqual(exits, [0, 0, 0, 1, 1, 1, 1]);
});

test("--proto rules protocols out, each of its options after the one before", () => {
  const given = settings(["proto", "=https,file"], ["proto", "-file"], ["proto", "+http"]);
  assert.deepEqual(
    ["http", "https", "file"].map((scheme) => exitOf(() => checkScheme(scheme, given))),
    [0, 0, 1],
  );
  assert.throws(() => checkScheme("file", given), /--proto rules out/);
});

test("what is not spoken here is not blamed on --proto", () => {
  assert.throws(() => checkScheme("rtmp", settings()), /"rtmp" is not spoken here/);
});

/** Which redirects curl 8.23 follows, of those to http and to https. */
const REDIRECTS: readonly [options: readonly Option[], followed: readonly string[]][] = [
  [[], ["http", "https"]],
  [[["proto-redir", "=https"]], ["https"]],
  [[["proto-redir", "-all,http"]], ["http"]],
  [[["proto-redir", "-https"]], ["http"]],
  [[["proto-redir", "+ftp"]], ["http", "https"]],
  [[["proto-redir", "=ftp"]], []],
  [[["proto-redir", "=all"]], ["http", "https"]],
  [
    [
      ["proto-redir", "=https"],
      ["proto-redir", "+http"],
    ],
    ["http", "https"],
  ],
  [
    [
      ["proto-redir", "=https,http"],
      ["proto-redir", "-http"],
    ],
    ["https"],
  ],
  [[["proto", "=http"]], ["http"]],
  [
    [
      ["proto", "=http"],
      ["proto-redir", "=https"],
    ],
    [],
  ],
];
for (const [options, followed] of REDIRECTS)
  test(`${options.map(([name, value]) => `--${name} ${value}`).join(" ") || "without options, curl"} follows redirects to ${followed.join(" and ") || "nothing"}`, () =>
    assert.deepEqual(redirectSchemes(settings(...options)), followed));
