import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawServer, rawServer } from "../http/raw-server.ts";
import { startCli } from "../support/cli.ts";

// `http -T -`: the answer is complete before the content is. The stdin of the command stays open meanwhile.

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function upload({ url }: RawServer, ...args: string[]) {
  const cli = startCli(["http", "-sS", "-T", "-", ...args, url]);
  cli.child.stdin?.on("error", () => {}); // the command may end before its input
  return cli;
}

for (const [title, expect, first] of [
  ["before", "Expect:", ANSWER],
  ["together with 100 (Continue) before", "Expect: 100-continue", `HTTP/1.1 100 Continue\r\n\r\n${ANSWER}`],
] as const) {
  test(`an answer ${title} the content leaves none of the content unsent`, async () => {
    let whole = false;
    await using server = await rawServer(async (peer) => {
      await peer.head();
      peer.send(first);
      await cli.waitFor(/ok/);
      // In so many turns a command that does not wait has ended.
      for (let turn = 0; turn < 300; turn++) {
        cli.child.stdin?.write(`<${turn}>`);
        await peer.until(`<${turn}>`);
      }
      cli.child.stdin?.end();
      await peer.until("0\r\n\r\n");
      whole = true;
    });
    await using cli = upload(server, "-H", expect);
    const { code, stderr } = await cli.ended;
    assert.deepEqual([code, stderr, whole], [0, "", true]);
  });
}

test("a server that ends after its answer, before the content, is error 55", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.until("one\r\n");
    peer.send(ANSWER).end();
  });
  await using cli = upload(server, "-H", "Expect:");
  cli.child.stdin?.write("one");
  const { code, stderr } = await cli.ended;
  assert.equal(code, 55);
  assert.match(
    stderr,
    /^wirepane: \(55\) the server closed the connection before it had the content: 3 bytes/,
  );
});

test("an error, or any other answer in place of 100 (Continue), ends the upload with exit code 0", async () => {
  for (const status of ["403 Forbidden", "200 OK"]) {
    await using server = await rawServer(async (peer) => {
      await peer.head();
      peer.send(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nok`);
    });
    await using cli = upload(server, "-H", "Expect: 100-continue");
    const { code, stdout, stderr } = await cli.ended;
    assert.deepEqual([code, String(stdout), stderr], [0, "ok", ""]);
  }
});
