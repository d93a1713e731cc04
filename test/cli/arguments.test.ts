import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../../src/cli/arguments.ts";
import { UnknownOption } from "../../src/cli/exit-codes.ts";
import { nearest } from "../../src/cli/nearest.ts";
import { COMMANDS, type CommandName, type CommandSpec } from "../../src/cli/options.ts";
import { unknownOption } from "../../src/cli/unknown-option.ts";

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

test("what is wrong with a command line is said", () => {
  const wrong = (words: string[], message: RegExp) =>
    assert.throws(() => parse(...words), { message, exitCode: 2 });
  wrong(["--haed=1"], /^http has no option --haed$/);
  wrong(["-s5"], /^http has no option -5$/);
  wrong(["-X"], /-X wants a value: METHOD/);
  wrong(["--head=1"], /--head takes no value/);
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

test("an option of curl's that is not here says so, and is never taken for another", () => {
  assert.equal(said("http", "-F"), "curl's -F (--form) is not here yet");
  assert.equal(said("http", "-x"), "curl's -x (--proxy) is not here yet");
  assert.equal(said("http", "-K"), "curl's -K (--config) is not here yet");
  assert.equal(said("http", "--cookie"), "curl's --cookie (-b) is not here yet");
  assert.equal(said("http", "--http2"), "curl's --http2 is not here yet");
  assert.equal(said("http", "--no-location"), "curl's --no-location (-L) is not here yet");
  assert.equal(said("http", "--buffer"), "curl's --buffer (-N) is not here yet");
  assert.equal(said("http", "-V"), "curl's -V (--version) is not here: wirepane --version tells ours");
  assert.doesNotMatch(said("serve", "--proxy"), /curl/);
});

test("an option of ncat's that is not here says so, and what does the same", () => {
  assert.equal(said("connect", "-z"), "ncat's -z is not here yet");
  assert.equal(said("connect", "-u"), "ncat's -u (--udp) is not here yet");
  assert.equal(said("listen", "--ssl"), "ncat's --ssl is not here yet");
  assert.equal(said("connect", "-l"), "ncat's -l (--listen) is not here: wirepane listen is the server");
  assert.equal(said("connect", "--no-ssl"), "connect has no option --no-ssl");
});

test("an option by the name that it had before is told its name of today", () => {
  assert.equal(
    said("http", "--trace"),
    "http has no option --trace: it is --timeline now, and curl's --trace is not here yet",
  );
  assert.equal(said("serve", "--trace-out"), "serve has no option --trace-out: it is --record now");
  assert.equal(said("doctor", "--trace"), "doctor has no option --trace");
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
