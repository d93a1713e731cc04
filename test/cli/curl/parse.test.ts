import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseCommandLine } from "../../../src/cli/curl/parse.ts";
import { CURL_OPTIONS, type CurlOption } from "../../../src/cli/curl/table.ts";

const parse = (...words: string[]) => {
  const [settings] = parseCommandLine(["-q", ...words, "http://a/"]).operations;
  assert.ok(settings);
  return settings;
};

test("a value may be attached or follow, behind a short or a long name", () => {
  for (const words of [["-XPUT"], ["-X", "PUT"], ["--request", "PUT"], ["--request=PUT"]])
    assert.equal(parse(...words).value("request"), "PUT");
});

test("short switches join, and the last of them may take a value", () => {
  const settings = parse("-sSfLo", "out", "-XPUT");
  for (const name of ["silent", "show-error", "fail", "location"] as const)
    assert.ok(settings.on(name), name);
  assert.equal(settings.value("output"), "out");
  assert.equal(settings.value("request"), "PUT");
});

test("--no-NAME turns a switch off, and the last word counts", () => {
  assert.equal(parse("-L", "--no-location").on("location"), false);
  assert.equal(parse("--no-location", "-L").on("location"), true);
  assert.equal(parse("--no-keepalive").on("no-keepalive"), true);
  assert.equal(parse("--no-keepalive", "--keepalive").on("no-keepalive"), false);
});

test("what is wrong with a command line is said, with exit code 2", () => {
  const wrong = (words: string[], message: RegExp) =>
    assert.throws(() => parse(...words), { message, exitCode: 2 });
  wrong(["--sile"], /has no option --sile/);
  wrong(["-s~"], /has no option -~/);
  wrong(["--no-request"], /--request cannot be turned off/);
  wrong(["--ntlm"], /curl's --ntlm is not here: NTLM/);
  wrong(["--retry", "1x"], /--retry "1x": expected a proper numerical parameter/);
  wrong(["--next"], /--next comes behind a URL/);
  assert.throws(() => parseCommandLine(["-q", "-o"]), { message: /-o wants a value: FILE/, exitCode: 2 });
  assert.throws(() => parseCommandLine(["-q"]), { message: /no URL/, exitCode: 2 });
});

test("no two options share a letter", () => {
  const letters = Object.values<CurlOption>(CURL_OPTIONS).flatMap(({ short }) => short ?? []);
  assert.deepEqual(letters, [...new Set(letters)]);
});

test("what shows what happens stands on the command line, not in a config file", () => {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-config-"));
  try {
    writeFileSync(join(folder, ".curlrc"), "timeline\n");
    assert.throws(() => parseCommandLine(["http://a/"], { HOME: folder }), {
      message: /--timeline is not for config files/,
      exitCode: 2,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
