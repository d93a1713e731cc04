import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../../src/cli/options.ts";
import { runCli } from "../support/cli.ts";
import { ROOT } from "../support/root.ts";

/** One clear line on stderr, nothing on stdout, and the exit code. */
async function refuses(args: readonly string[], code: number, line: RegExp): Promise<void> {
  const result = await runCli(args);
  assert.equal(result.code, code, result.stderr);
  assert.match(result.stderr, line);
  assert.match(result.stderr, /^wirepane: \(\d+\) [^\n]+\n$/);
  assert.equal(result.stdout.length, 0);
}

test("--version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8"));
  const { code, stdout, stderr } = await runCli(["--version"]);
  assert.deepEqual([code, String(stdout), stderr], [0, `wirepane ${version}\n`, ""]);
});

test("without arguments, in a pipe, a short help is printed", async () => {
  const { code, stdout, stderr } = await runCli([]);
  assert.deepEqual([code, stderr], [0, ""]);
  for (const command of Object.keys(COMMANDS))
    assert.match(String(stdout), new RegExp(`^ {2}${command} `, "m"));
  assert.ok(String(stdout).split("\n").length < 25);
});

test("help describes every option of a command, and --help is the same", async () => {
  for (const command of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    const { code, stdout } = await runCli(["help", command]);
    assert.equal(code, 0);
    for (const option of Object.keys(COMMANDS[command].options))
      assert.ok(stdout.includes(`--${option}`), option);
  }
  const [help, option] = await Promise.all([
    runCli(["help", "http"]),
    runCli(["http", "--bogus-no", "--help"]),
  ]);
  assert.equal(option.code, 2, "what is unknown is told before");
  assert.ok(help.stdout.equals((await runCli(["http", "a", "--help", "all"])).stdout));
});

test("an unknown command or option is answered with the nearest one", async () => {
  await refuses(["htpp"], 2, /no command "htpp"; did you mean http\?/);
  await refuses(["help", "nothing"], 2, /no command "nothing"/);
  await refuses(["http", "--incude", "x"], 2, /no option --incude; did you mean --include\?/);
});

test("the hint of a wrong command line names the help of its command", async () => {
  await refuses(["http", "--nonsense", "x"], 2, / \(wirepane help http\)\n/);
  await refuses(["listen", "x"], 2, / \(wirepane help listen\)\n/);
  await refuses(["htpp"], 2, / \(wirepane help\)\n/);
});

test("what is no command, and was meant for one, is told where it goes", async () => {
  for (const [words, line] of [
    [["--timeline"], /--timeline: the command comes first, as in "wirepane http --timeline …"/],
    [["--echo"], /as in "wirepane listen --echo …"/],
    [["-sS", "x"], /-s: the command comes first, as in "wirepane http -s …"/],
    [["-F", "a=b"], /-F: the command comes first, as in "wirepane http -F …"/],
    [["--trace"], /as in "wirepane http --trace …"/],
    [["HTTP", "x"], /no command "HTTP"; did you mean http\?/],
    [["http", "help"], /"help" comes before the command \(wirepane help http\)/],
    [["listen", "help"], /"help" comes before the command \(wirepane help listen\)/],
    [["http://a.example/x"], /did you mean "wirepane http http:\/\/a\.example\/x"\?/],
    [["https://me:S3CRET@a.example/"], /did you mean "wirepane http URL"\?/],
    [
      ["localhost:8080"],
      /did you mean "wirepane http localhost:8080" or "wirepane connect localhost 8080"\?/,
    ],
    [["[::1]:80/x"], /did you mean "wirepane http \[::1\]:80\/x" or "wirepane connect ::1 80"\?/],
    [["help", "HTTP"], /no command "HTTP"; did you mean http\?/],
  ] as const)
    await refuses(words, 2, line);
});

test("a missing or impossible argument is a usage error", async () => {
  await refuses(["http"], 2, /no URL was given/);
  await refuses(["http", "-d"], 2, /-d wants a value/);
  await refuses(["connect"], 2, /wants HOST and PORT/);
  await refuses(["connect", "127.0.0.1"], 2, /wants HOST and PORT/);
  await refuses(["connect", "127.0.0.1", "0"], 2, /from 1 to 65535/);
  await refuses(["connect", "127.0.0.1", "1", "2"], 2, /one argument too many/);
  await refuses(["listen"], 2, /wants a port/);
  await refuses(["listen", "99999"], 2, /from 0 to 65535, not "99999"/);
  await refuses(["listen", "0", "--echo", "--handler", "x"], 2, /only one of them/);
  await refuses(
    ["listen", "0", "--echo", "--model", "magic"],
    2,
    /sequential, event-loop, threads, processes/,
  );
  await refuses(["listen", "0", "--model", "threads"], 2, /--model wants a handler/);
  await refuses(["serve", "--port", "70000"], 2, /from 0 to 65535/);
  await refuses(["doctor", "x"], 2, /the port is a whole number/);
  await refuses(["http", "-m", "soon", "127.0.0.1:1"], 2, /-m "soon": expected a proper numerical parameter/);
  await refuses(["http", "-I", "-d", "x", "127.0.0.1:1"], 2, /only one of them/);
});

test("text quoted in a message cannot reach the terminal as a control sequence", async () => {
  await refuses(["\x1b[2J"], 2, /no command "\\x1b\[2J"/);
  await refuses(["http", "-\x1b"], 2, /no option -\\x1b/);
  const { code, stderr } = await runCli(["http", "http://\x1b[31m/"]);
  assert.deepEqual([code, stderr.split("\n")[1]], [3, "http://\\x1b[31m/"]);
});

test("a file or directory that does not exist is named", async () => {
  await refuses(
    ["serve", "/does/not/exist"],
    26,
    /cannot serve \/does\/not\/exist: no such file or directory/,
  );
  await refuses(["serve", "/etc/passwd"], 26, /not a directory/);
  await refuses(["listen", "0", "--handler", "/nope.js"], 26, /cannot read \/nope\.js/);
  await refuses(["http", "-d", "@/nope", "127.0.0.1:1"], 26, /cannot read \/nope/);
  await refuses(["http", "--cacert", "/nope", "127.0.0.1:1"], 2, /"\/nope" of --cacert does not exist/);
});

test("doctor shows this Node, its limits and the mechanism of every concurrency model", async () => {
  const { code, stdout } = await runCli(["doctor"]);
  assert.equal(code, 0);
  assert.match(String(stdout), new RegExp(`Node +${process.versions.node}`));
  for (const model of ["sequential", "event-loop", "threads", "processes"]) {
    assert.match(String(stdout), new RegExp(`^model ${model} +\\S`, "m"));
  }
});
