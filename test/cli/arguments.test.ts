import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../../src/cli/arguments.ts";
import { nearest } from "../../src/cli/nearest.ts";
import { COMMANDS, type CommandSpec } from "../../src/cli/options.ts";

const parse = (...words: string[]) => parseArguments("http", words);

test("a value may be attached or follow, behind a short or a long name", () => {
  for (const words of [["-XPUT"], ["-X", "PUT"], ["--request", "PUT"], ["--request=PUT"]]) {
    assert.equal(parse(...words).value("request"), "PUT");
  }
});

test("short switches join, and the last of them may take a value", () => {
  const args = parse("-sSiXPUT", "-d@file", "u");
  assert.ok(args.has("silent") && args.has("show-error") && args.has("include"));
  assert.equal(args.value("request"), "PUT");
  assert.equal(args.value("data"), "@file");
  assert.deepEqual(args.positionals, ["u"]);
});

test("repeated options keep their order, across names", () => {
  const args = parse("-d", "a", "--data-binary", "b", "-d", "c");
  assert.deepEqual(
    args.given.map(({ name, value }) => [name, value]),
    [
      ["data", "a"],
      ["data-binary", "b"],
      ["data", "c"],
    ],
  );
  assert.deepEqual(args.values("data"), ["a", "c"]);
  assert.equal(args.value("data"), "c");
});

test("a single dash, and everything after a double dash, is an argument", () => {
  assert.deepEqual(parse("-", "--", "-s", "--head").positionals, ["-", "-s", "--head"]);
});

test("a value may be empty, begin with a dash, or hold an equals sign", () => {
  assert.equal(parse("-A", "").value("user-agent"), "");
  assert.equal(parse("--user-agent=").value("user-agent"), "");
  assert.equal(parse("-d", "-x").value("data"), "-x");
  assert.equal(parse("--data=a=b").value("data"), "a=b");
});

test("an error in a command line comes with the nearest valid word", () => {
  const wrong = (words: string[], message: RegExp) =>
    assert.throws(() => parse(...words), { message, exitCode: 2 });
  wrong(["--haed"], /http has no option --haed; did you mean --head\?/);
  wrong(["--incl"], /did you mean --include\?/);
  wrong(["-x"], /http has no option -x; did you mean -X\?/);
  wrong(["--zzzzzz"], /http has no option --zzzzzz$/);
  wrong(["-X"], /-X wants a value: METHOD/);
  wrong(["--head=1"], /--head takes no value/);
  assert.throws(() => parseArguments("connect", ["a", "1", "b"]), { message: /too many: "b"/, exitCode: 2 });
});

test("numbers and choices out of their range are refused", () => {
  for (const value of ["-1", "x", "", "1e3", "99999999999", "0x10"]) {
    assert.throws(() => parse(`-m${value}`, "-m", value).milliseconds("max-time"), { exitCode: 2 });
  }
  assert.equal(parse("-m", "0.25").milliseconds("max-time"), 250);
  assert.equal(parse("-m", ".5").milliseconds("max-time"), 500);
  assert.throws(() => parse("--max-redirs", "1.5").integer("max-redirs", 0), { exitCode: 2 });
  assert.throws(
    () => parse("--color", "blue").choice("color", ["auto", "never"]),
    /one of auto, never, not "blue"/,
  );
});

test("the nearest word is found despite swapped, missing or wrong letters, and not if none is near", () => {
  assert.equal(nearest("htpp", ["http", "help"]), "http");
  assert.equal(nearest("lisen", ["listen", "serve"]), "listen");
  assert.equal(nearest("serv", ["listen", "serve"]), "serve");
  assert.equal(nearest("quux", ["listen", "serve"]), undefined);
});

test("no two options of a command share a letter or a name", () => {
  for (const [command, spec] of Object.entries(COMMANDS) as [string, CommandSpec][]) {
    const names = Object.entries(spec.options).flatMap(([name, { short, aliases = [] }]) => [
      name,
      ...aliases,
      ...(short === undefined ? [] : [short]),
    ]);
    assert.deepEqual(names, [...new Set(names)], command);
  }
});
