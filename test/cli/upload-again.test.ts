import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Peer, rawServer } from "../http/raw-server.ts";
import { runCli } from "../support/cli.ts";

// `http -T` on a connection that the server ends when the second request comes: curl reads the file again for another
// connection, and exits with 65 if the content was stdin.

const folder = mkdtempSync(join(tmpdir(), "wirepane-again-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** Answers the GET of the first connection, and ends that connection after the upload. */
async function lossyServer(upload: (peer: Peer) => Promise<unknown>) {
  return rawServer(async (peer, index) => {
    if (index === 0) {
      await peer.head();
      peer.send(OK);
    }
    await upload(peer);
    if (index === 0) peer.end();
    else peer.send(OK);
  });
}

test("a file and a form with a file are sent again on another connection", async () => {
  const path = join(folder, "file");
  writeFileSync(path, "x".repeat(100_000));
  for (const options of [
    ["-T", path],
    ["-X", "PUT", "-F", `f=@${path}`],
  ]) {
    const contents: string[] = [];
    await using server = await lossyServer(async (peer) => {
      const length = Number(/content-length: (\d+)/i.exec(await peer.head())?.[1]);
      contents.push(await peer.take(length));
    });
    const { url } = server;
    const { code, stderr } = await runCli([
      "http",
      "-sS",
      url,
      "--next",
      "-sS",
      "-H",
      "Expect:",
      ...options,
      url,
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    const [first = "", second] = contents;
    assert.ok(first.length >= 100_000);
    assert.equal(second, first);
  }
});

test("stdin cannot be sent again: exit 65, as curl", async () => {
  await using server = await rawServer(async (peer, index) => {
    await peer.head();
    if (index > 0) return;
    peer.send(OK);
    await peer.until("0\r\n\r\n");
    peer.end();
  });
  const { url } = server;
  const args = ["http", "-sS", url, "--next", "-sS", "-H", "Expect:", "-T", "-", `${url}/b`];
  const { code, stderr } = await runCli(args, { input: "from stdin" });
  assert.deepEqual(
    [code, stderr],
    [65, "wirepane: (65) stdin cannot be read again, which the next request needs\n"],
  );
});
