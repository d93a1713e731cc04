import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../../src/cli/arguments.ts";
import { UnknownOption } from "../../src/cli/exit-codes.ts";
import { nearest } from "../../src/cli/nearest.ts";
import { COMMANDS, type CommandName, type CommandSpec } from "../../src/cli/options.ts";
import { unknownOption } from "../../src/cli/unknown-option.ts";

const parse = (...words: string[]) => parseArguments("serve", words);
const parseReplay = (...words: string[]) => parseArguments("replay", words);

test("a value may be attached or follow, behind a short or a long name", () => {
  for (const words of [["-p80"], ["-p", "80"], ["--port", "80"], ["--port=80"]]) {
    assert.equal(parse(...words).value("port"), "80");
  }
});

test("short switches join, and the last of them may take a value", () => {
  const args = parse("-sp80", "-bhere", "u");
  assert.ok(args.has("silent"));
  assert.equal(args.value("port"), "80");
  assert.equal(args.value("host"), "here");
  assert.deepEqual(args.positionals, ["u"]);
});

test("repeated options keep their order, across names", () => {
  const args = parse("-b", "a", "--allow-host", "b", "-b", "c");
  assert.deepEqual(
    args.given.map(({ name, value }) => [name, value]),
    [
      ["host", "a"],
      ["allow-host", "b"],
      ["host", "c"],
    ],
  );
  assert.deepEqual(args.values("host"), ["a", "c"]);
  assert.equal(args.value("host"), "c");
});

test("a single dash, and everything after a double dash, is an argument", () => {
  assert.deepEqual(parseArguments("connect", ["-", "--", "-s"]).positionals, ["-", "-s"]);
});

test("a value may be empty, begin with a dash, or hold an equals sign", () => {
  assert.equal(parse("-b", "").value("host"), "");
  assert.equal(parse("--host=").value("host"), "");
  assert.equal(parse("-b", "-x").value("host"), "-x");
  assert.equal(parse("--host=a=b").value("host"), "a=b");
});

test("what is wrong with a command line is said", () => {
  const wrong = (words: string[], message: RegExp) =>
    assert.throws(() => parse(...words), { message, exitCode: 2 });
  wrong(["--prot=1"], /^serve has no option --prot$/);
  wrong(["-s5"], /^serve has no option -5$/);
  wrong(["-p"], /-p wants a value: PORT/);
  wrong(["--silent=1"], /--silent takes no value/);
  assert.throws(() => parseArguments("connect", ["a", "1", "b"]), { message: /too many: "b"/, exitCode: 2 });
});

const said = (command: CommandName, option: string) => unknownOption(new UnknownOption(command, option));

test("a word that is like one of our options is taken for a slip", () => {
  assert.equal(said("http", "--haed"), "http has no option --haed; did you mean --head?");
  assert.equal(said("http", "--incl"), "http has no option --incl; did you mean --include?");
  assert.equal(said("serve", "--prot"), "serve has no option --prot; did you mean --port?");
  assert.equal(said("http", "--zzzzzz"), "http has no option --zzzzzz");
  assert.equal(said("http", "-5"), "http has no option -5");
  assert.equal(said("serve", "-P"), "serve has no option -P");
});

test("an option of ncat's that is not here says so, and what does the same", () => {
  assert.equal(said("connect", "-z"), "ncat's -z is not here yet");
  assert.equal(said("connect", "-u"), "ncat's -u (--udp) is not here yet");
  assert.equal(said("listen", "--ssl"), "ncat's --ssl is not here yet");
  assert.equal(said("connect", "-l"), "ncat's -l (--listen) is not here: wirepane listen is the server");
  assert.equal(said("connect", "--no-ssl"), "connect has no option --no-ssl");
});

test("an option by the name that it had before is told its name of today", () => {
  assert.equal(said("serve", "--trace"), "serve has no option --trace: it is --timeline now");
  assert.equal(said("serve", "--trace-out"), "serve has no option --trace-out: it is --record now");
  assert.equal(said("doctor", "--trace"), "doctor has no option --trace");
});

test("numbers and choices out of their range are refused", () => {
  for (const value of ["-1", "x", "", "1e3", "99999999999", "0x10"]) {
    assert.throws(() => parseReplay(`-i${value}`, "-i", value).milliseconds("idle"), { exitCode: 2 });
  }
  assert.equal(parseReplay("-i", "0.25").milliseconds("idle"), 250);
  assert.equal(parseReplay("-i", ".5").milliseconds("idle"), 500);
  assert.throws(() => parse("--port", "1.5").integer("port", 0), { exitCode: 2 });
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
