import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "../../src/tcp.ts";
import { fromNdjson, type TraceRecord } from "../../src/trace.ts";
import { CLI, runCli, startCli } from "../support/cli.ts";

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "wirepane-record-"));
const server: Server = createServer((_, response) => {
  response.setHeader("Set-Cookie", "s=S3CRET");
  response.end(Buffer.alloc(32 * MIB, "a"));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
const newFile = (): string => join(folder, `${files++}.ndjson`);
const read = (file: string): TraceRecord[] => fromNdjson(readFileSync(file, "utf8"));
const hasRead = (records: readonly TraceRecord[], text: string): boolean =>
  records.some((record) => record.type === "bytes" && Buffer.from(record.bytes).includes(text));

/** A server with a recording, and one exchange with it: the file has what was sent and what came back. */
async function tracedEcho(file: string, ...options: string[]) {
  const echo = startCli(["listen", "0", ...options, "--record", file]);
  const [, port = ""] = await echo.waitFor(/listening on 127\.0\.0\.1:(\d+)/);
  const client = await connect({ port: Number(port) });
  await client.write("hello");
  return { echo, client };
}

const noWindows = process.platform === "win32" ? "no such signals and pipes there" : false;

for (const [name, signals] of [
  ["a second Ctrl-C", ["SIGINT", "SIGINT"]],
  ["SIGHUP", ["SIGHUP"]],
  ["SIGQUIT", ["SIGQUIT"]],
] as const) {
  test(`the recording is complete after ${name}`, { skip: noWindows }, async () => {
    const file = newFile();
    const { echo, client } = await tracedEcho(file, "--echo");
    await client.read();
    for (const [index, signal] of signals.entries()) {
      if (index > 0) await echo.waitFor(/stopping:/);
      echo.child.kill(signal);
    }
    const { code, signal } = await echo.ended;
    client.abort();
    assert.deepEqual([code, signal], signals.length > 1 ? [130, null] : [null, signals[0]]);
    assert.ok(hasRead(read(file), "hello"));
  });
}

test("the recording is complete after a crash of the handler", async () => {
  const file = newFile();
  const handler = join(folder, "crash.mjs");
  writeFileSync(
    handler,
    `export async function handler(connection) {
      await connection.read();
      setImmediate(() => { throw new Error("of the handler"); });
    }`,
  );
  const { echo, client } = await tracedEcho(file, "--handler", handler);
  const { code } = await echo.ended;
  client.abort();
  assert.notEqual(code, 0);
  assert.ok(hasRead(read(file), "hello"));
});

test("the recording is written while the connection runs", async () => {
  const file = newFile();
  const { echo, client } = await tracedEcho(file, "--echo");
  await client.read();
  // The bytes that come back were sent in a later turn of the event loop.
  await client.write("again");
  await client.read();
  assert.ok(hasRead(read(file), "hello"));
  await echo.stop("SIGKILL");
  client.abort();
});

test("a download of 32 MiB is recorded completely, with its secrets masked", async () => {
  const file = newFile();
  const { code, stderr } = await runCli(["http", "--record", file, "-o", "/dev/null", url]);
  assert.deepEqual([code, stderr], [0, ""]);
  const received = read(file).flatMap((record) =>
    record.type === "bytes" && record.direction === "in" ? [record] : [],
  );
  const last = received.at(-1);
  assert.ok(last !== undefined && last.offset + last.bytes.length > 32 * MIB);
  assert.equal(
    received.reduce((sum, { bytes }) => sum + bytes.length, 0),
    last.offset + last.bytes.length,
  );
  assert.ok(hasRead(received, "Set-Cookie: s=******"));
  assert.ok(!hasRead(received, "S3CRET"));
});

test("a full disk gives one line, and the recording ends with a complete record", {
  skip: !existsSync("/dev/full"),
}, async () => {
  const { code, stderr } = await runCli(["http", "--record", "/dev/full", "-o", "/dev/null", url]);
  assert.equal(code, 23);
  assert.match(stderr, /^the recording \/dev\/full is not complete, it ends after 0 bytes: no space left\n$/);
});

/** Runs the command with a named pipe for its recording, and this program as the reader of the pipe. */
async function throughPipe(reader: string): Promise<{ code: number; stderr: string; read: string }> {
  const pipe = newFile();
  execFileSync("mkfifo", [pipe]);
  const readerProcess = spawn("sh", ["-c", reader.replace("PIPE", pipe)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  readerProcess.stdout.on("data", (chunk) => (output += chunk));
  const readerEnded = once(readerProcess, "close");
  const child = spawn(process.execPath, [CLI, "http", "--record", pipe, "-o", "/dev/null", url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [code] = await once(child, "close");
  await readerEnded;
  return { code, stderr, read: output };
}

test("a slow reader of a pipe gets the whole recording", { skip: noWindows }, async () => {
  const { code, stderr, read: text } = await throughPipe("exec < PIPE; sleep 0.5; cat");
  assert.deepEqual([code, stderr], [0, ""]);
  const received = fromNdjson(text).filter((record) => record.type === "bytes" && record.direction === "in");
  const bytes = received.reduce(
    (sum, record) => sum + (record.type === "bytes" ? record.bytes.length : 0),
    0,
  );
  assert.ok(bytes > 32 * MIB);
});

test("a reader that closes the pipe gives one line", { skip: noWindows }, async () => {
  const { code, stderr } = await throughPipe("head -c 10 PIPE");
  assert.equal(code, 23);
  assert.match(stderr, /^the recording \S+ is not complete, it ends after \d+ bytes: its reader has gone\n$/);
});
