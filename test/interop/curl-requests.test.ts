import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { CURL_OPTIONS } from "../../src/cli/curl/table.ts";
import { rawServer } from "../http/raw-server.ts";
import { runCli } from "../support/cli.ts";
import { requirePeer } from "../support/peers.ts";

const curl = requirePeer("curl");
const folder = mkdtempSync(join(tmpdir(), "wirepane-curl-"));
after(() => rmSync(folder, { recursive: true }));
const form = join(folder, "form");
writeFileSync(form, "a=1\r\nb=2\n");

/** Arguments for `curl -s` and `wirepane http`. URL stands for the server's. */
const COMMAND_LINES: readonly (readonly string[])[] = [
  ["URL"],
  ["URL/a/../b/./c?x=1&y=2#fragment"],
  ["-I", "URL"],
  ["-X", "DELETE", "URL/thing"],
  ["-0", "URL"],
  ["-d", "a=1", "-d", "b=2", "URL/post"],
  ["-da=1", "URL"],
  ["-d", `@${form}`, "URL"],
  ["--data-binary", `@${form}`, "URL"],
  ["--data-raw", "@form", "URL"],
  ["-d", "", "URL"],
  ["-XPUT", "-d", "x", "URL"],
  ["--data-urlencode", "name=a b&c=é", "--data-urlencode", "=x y~", "--data-urlencode", "plain/", "URL"],
  ["--data-urlencode", `file@${form}`, "URL"],
  ["-G", "-d", "q=1", "-d", "r=2", "URL"],
  ["-G", "-d", "q=1", "URL/search?lang=en#top"],
  ["-G", "-I", "-d", "q=1", "URL"],
  ["--json", '{"a":', "--json", "1}", "URL"],
  ["--json", "{}", "-H", "Accept: text/plain", "URL"],
  ["-A", "mine/1.0", "URL"],
  ["-A", "", "URL"],
  ["-e", "http://from.example/", "URL"],
  ["-u", "user:pass:word", "URL"],
  ["http://me:secret@HOST/"],
  ["-H", "X-One: 1", "-H", "X-Two: 2", "-H", "X-One: again", "URL"],
  ["-H", "Accept:", "-H", "User-Agent:", "URL"],
  ["-H", "Host: elsewhere.example", "-H", "Accept: text/html", "URL"],
  ["-H", "Content-Type: text/plain", "-d", "x", "URL"],
  ["-H", "Transfer-Encoding: chunked", "-d", "chunk", "URL"],
  ["-u", "a:b", "-e", "http://r/", "-H", "X: y", "-d", "z", "URL"],
  ["--request-target", "*", "-X", "OPTIONS", "URL"],
  ["HOST/without/a/scheme"],
  ["URL/%7Euser/%zz"],
];

test("every option of this curl stands in the table", async () => {
  const { stdout } = await promisify(execFile)(curl, ["--help", "all"]);
  const options = [...stdout.matchAll(/^ *(?:-\S, +)?--([\w.-]+)/gm)].map(([, name = ""]) => name);
  assert.ok(options.length > 200);
  assert.deepEqual(
    options.filter((name) => !Object.hasOwn(CURL_OPTIONS, name)),
    [],
  );
});

for (const line of COMMAND_LINES) {
  test(`wirepane http sends what curl sends: ${line.join(" ").replace(folder, "")}`, async () => {
    const theirs = await sent(line, (args) => promisify(execFile)(curl, ["-s", ...args]));
    const ours = await sent(line, (args) => runCli(["http", "-s", ...args]));
    assert.equal(ours, theirs);
  });
}

/** The bytes of the one request. Names and ports that must differ are replaced by the same text. */
async function sent(
  line: readonly string[],
  run: (args: readonly string[]) => Promise<unknown>,
): Promise<string> {
  await using server = await rawServer(async (peer) => {
    const head = await peer.head();
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    const body = /^transfer-encoding:/im.test(head) ? await peer.until("0\r\n\r\n") : await peer.take(length);
    received = head + body;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").end();
  });
  let received = "";
  const host = `127.0.0.1:${server.port}`;
  await run(line.map((word) => word.replace("URL", server.url).replace("HOST", host)));
  return received.replaceAll(host, "HOST").replace(/^(User-Agent: )(?:curl|wirepane)\/[\d.]+/m, "$1itself");
}
