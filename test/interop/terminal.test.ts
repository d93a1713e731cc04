import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { practice, serve } from "../../src/index.ts";
import { rawServer } from "../http/raw-server.ts";
import { CLI } from "../support/cli.ts";
import { requirePeer } from "../support/peers.ts";

/** Runs a command on a pseudo-terminal, passes on what it prints there, and exits with its exit code. */
const ON_A_TERMINAL = `
import os, pty, sys
status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536))
sys.exit(os.waitstatus_to_exitcode(status))
`;
const python = requirePeer("python3");

/** `typed`: what comes from the keyboard. Enter is "\r", Ctrl-D is "\x04". */
async function onTerminal(
  args: readonly string[],
  typed = "",
  added: Readonly<Record<string, string>> = {},
): Promise<{ code: number; shown: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env, TERM: "xterm-256color", ...added };
  delete env.NO_COLOR;
  delete env.FORCE_COLOR;
  const running = promisify(execFile)(python, ["-c", ON_A_TERMINAL, process.execPath, CLI, ...args], {
    env,
    timeout: 120_000,
  });
  running.child.stdin?.end(typed);
  return running.then(
    ({ stdout }) => ({ code: 0, shown: stdout }),
    ({ code, stdout }) => ({ code, shown: stdout }),
  );
}

test("control sequences of a server do not reach the terminal", async () => {
  const body = "\x1b]0;owned\x07\x1b[2Jplain\r\ntext \x9b31m\n";
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(`HTTP/1.1 200 OK\r\nX-Evil: a\x9b31mb\r\nContent-Length: ${body.length}\r\n\r\n${body}`).end();
  });
  const { shown } = await onTerminal(["http", "-i", server.url]);
  assert.match(shown, /\\x1b\[2Jplain\r?\ntext/);
  assert.doesNotMatch(shown, /\x1b|\x07|\x9b/);
});

test("binary content is refused on a terminal, with a hint, and let through by -o -", async () => {
  await using server = await rawServer((peer) =>
    peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x00\x01ab"),
  );
  const refused = await onTerminal(["http", server.url]);
  assert.equal(refused.code, 23);
  assert.match(refused.shown, /^wirepane: \(23\) binary content is not for a terminal: -o FILE saves it/);
  assert.equal((await onTerminal(["http", "-o", "-", server.url])).code, 0);
});

test("the bytes of an echo server are shown as text on a terminal", async () => {
  await using server = await rawServer((peer) => {
    peer.send("name\x1b[5m?\n").end();
  });
  const { code, shown } = await onTerminal(["connect", "127.0.0.1", String(server.port)]);
  assert.equal(code, 0);
  assert.match(shown, /name\\x1b\[5m\?/);
});

test("Enter sends CRLF, the end of a line on the wire", async () => {
  let received = "";
  await using server = await rawServer(async (peer) => {
    received = await peer.head();
    peer.send("bye\r\n").end();
  });
  const { code, shown } = await onTerminal(["connect", "127.0.0.1", String(server.port)], "hello\r\r");
  assert.deepEqual([code, received], [0, "hello\r\n\r\n"]);
  assert.match(shown, /^bye\r?$/m);
});

test("a request that is typed for explain has CRLF for each Enter, and ends with Ctrl-D", async () => {
  const { code, shown } = await onTerminal(["explain"], "GET / HTTP/1.1\rHost: a\r\r\x04");
  assert.equal(code, 0, shown);
  assert.match(shown, /^request, 27 bytes\r?$/m);
  assert.match(shown, / empty-line +"\\r\\n" /);
});

test("content and timeline do not share a line of the terminal", async () => {
  await using server = await serve({ handler: practice() });
  const { code, shown } = await onTerminal(["http", "--timeline", "--color=never", `${server.url}hello`]);
  assert.equal(code, 0);
  assert.match(shown, /^Hello, world!\r?$/m);
  assert.match(shown, /Hello, world![\s\S]* client +end /);
});

/** For the command: no timer of ours expires. */
const NO_TIMER = `data:text/javascript,${encodeURIComponent(`
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (expired) => setTimeout(expired, 2 ** 31 - 1);
`)}`;

test("without arguments, on a terminal, the demo runs in colour and ends with three commands", async () => {
  // The demo ends without a timer: it takes as long as the machine needs, and no pause is in it.
  const { code, shown } = await onTerminal([], "", { NODE_OPTIONS: `--import=${NO_TIMER}` });
  assert.equal(code, 0);
  assert.match(shown, /\x1b\[3\dm/);
  assert.match(shown, /next: wirepane listen .*\r\n +wirepane serve .*\r\n +wirepane http /);
});

test("the timeline is in colour on a terminal, unless NO_COLOR or --color=never says otherwise", async () => {
  await using server = await serve({ handler: practice() });
  const coloured = /\x1b\[\d+m/;
  assert.match((await onTerminal(["http", "--timeline", `${server.url}hello`])).shown, coloured);
  assert.doesNotMatch(
    (await onTerminal(["http", "--timeline", "--color=never", `${server.url}hello`])).shown,
    coloured,
  );
});
