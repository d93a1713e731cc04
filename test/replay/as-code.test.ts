import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { printfCommand, toNdjson } from "../../src/trace.ts";
import { rawServer } from "../http/raw-server.ts";
import { runCli } from "../support/cli.ts";
import { requirePeer } from "../support/peers.ts";
import { ok, recordedBy, type Saw } from "./recorded.ts";

const run = promisify(execFile);
const curl = requirePeer("curl");
const ncat = requirePeer("ncat");
const folder = mkdtempSync(join(tmpdir(), "wirepane-as-"));
after(() => rmSync(folder, { recursive: true }));

/** A server that answers each request head, and keeps all that it got. */
async function recordingServer() {
  const server = await rawServer(async (peer) => {
    let got = "";
    peer.socket.prependListener("data", (chunk: Buffer) => {
      got += chunk.toString("latin1");
      heads.set(peer, got);
    });
    await peer.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  const heads = new Map<unknown, string>();
  return { server, got: () => [...heads.values()].join("") };
}

async function codeOf(form: string, port: number, saw: readonly Saw[], ...args: string[]): Promise<string> {
  const file = join(folder, `${form}-${Math.abs(saw.join().length)}.ndjson`);
  writeFileSync(
    file,
    recordedBy(port, { saw })
      .map((record) => `${toNdjson(record)}\n`)
      .join(""),
  );
  const { code, stdout, stderr } = await runCli(["replay", "--as", form, file, ...args]);
  assert.equal(code, 0, stderr);
  return String(stdout);
}

const H = "HTTP/1.1\r\nHost: HOST\r\n";
/** Requests as they may be on the wire. HOST stands for the server's. */
const REQUESTS: Readonly<Record<string, string>> = {
  "a plain GET": `GET / ${H}\r\n`,
  "fields in their order and letter case": `GET /a?b=c ${H}x-B: 2\r\nUser-Agent: it's me\r\nX-A: $HOME \`id\` "q"\r\nAccept: */*\r\n\r\n`,
  "an empty value, and a name twice": `GET / ${H}X: 1\r\nX-Empty:\r\nX: 2\r\n\r\n`,
  HEAD: `HEAD /x ${H}\r\n`,
  "dot segments, brackets and quotes in the target": `GET /a/../b/./c[1-2]{x,y}?q='it' ${H}\r\n`,
  "the asterisk-form": `OPTIONS * ${H}\r\n`,
  "the absolute-form": `GET http://other.example/x ${H}\r\n`,
  "another Host": "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n",
  "HTTP/1.0 without Host": "GET / HTTP/1.0\r\nX: 1\r\n\r\n",
  "text content": `POST /post ${H}Content-Type: text/plain\r\nContent-Length: 14\r\n\r\n@it's 100% "x"`,
  "a length ahead of other fields": `PUT / ${H}Content-Length: 3\r\nContent-Type: a/b\r\n\r\nabc`,
  "no content, and a length that says so": `POST / ${H}Content-Length: 0\r\n\r\n`,
  "octets of every value": `POST / ${H}Content-Type: a/b\r\nContent-Length: 256\r\n\r\n${String.fromCharCode(
    ...Array.from({ length: 256 }, (_, octet) => octet),
  )}`,
  "octets in a field": `GET / ${H}X: \xe9\x9b2J\r\nY: \xc3\xa9\r\n\r\n`,
  "line ends in content": `POST / ${H}Content-Type: a/b\r\nContent-Length: 8\r\n\r\n\na\r\nb\n\n\n`,
};

for (const [name, request] of Object.entries(REQUESTS)) {
  test(`--as curl and --as printf send the bytes of the recording: ${name}`, async () => {
    for (const form of ["curl", "printf"]) {
      const { server, got } = await recordingServer();
      await using _ = server;
      const wanted = request.replaceAll("HOST", `127.0.0.1:${server.port}`);
      const printed = await codeOf(form, server.port, [`> ${wanted}`, ok("")]);
      // Safe on a terminal, and in the encoding of the terminal.
      assert.doesNotMatch(printed, /[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]/);
      const script = printed.replace(/\bcurl\b/, `${curl} -s -o /dev/null`).replace(/\bncat\b/, ncat);
      await run("sh", ["-c", script], { timeout: 60_000 });
      assert.equal(got(), wanted, printed);
    }
  });
}

test("--as fetch asks for the same: method, target, fields and content", async () => {
  const { server, got } = await recordingServer();
  await using _ = server;
  const host = `127.0.0.1:${server.port}`;
  const request = `POST /a?b=%20c HTTP/1.1\r\nHost: ${host}\r\nX-A: "\\é"\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\n\xff\x00\r\n`;
  const printed = await codeOf("fetch", server.port, [`> ${request}`, ok("")]);
  assert.match(printed, /^\/\/ fetch makes by itself: Host, Content-Length$/m);
  await run(process.execPath, ["--input-type=module", "-e", printed], { timeout: 60_000 });
  const [head = "", content] = got().split(/\r\n\r\n(.*)/s);
  assert.match(head, /^POST \/a\?b=%20c HTTP\/1\.1\r\n/);
  assert.match(head, /^x-a: "\\é"\r$/im);
  assert.match(head, /^content-type: a\/b\r$/im);
  assert.equal(content, "\xff\x00\r\n");
});

test("secrets are masked in code unless --reveal, and -H gives them", async () => {
  const saw = ["> GET /?token=abc HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer xyz\r\n\r\n", ok("")] as const;
  const masked = await codeOf("curl", 80, saw);
  assert.match(masked, /-H 'Authorization: Bearer \*\*\*' .*token=\*\*\*/);
  assert.match(await codeOf("curl", 80, saw, "--reveal"), /Bearer xyz.*token=abc/);
  assert.match(await codeOf("curl", 80, saw, "-H", "Authorization: mine"), /-H 'Authorization: mine'/);
});

test("the server of the code is the one that the command line names", async () => {
  const saw = ["> GET /x HTTP/1.1\r\nHost: a\r\n\r\n", ok("")] as const;
  assert.match(await codeOf("curl", 80, saw, "https://b.example"), / https:\/\/b\.example\/x$/m);
  assert.match(
    await codeOf("curl", 80, saw, "unix:/tmp/s"),
    / --unix-socket \/tmp\/s http:\/\/localhost\/x$/m,
  );
  assert.match(await codeOf("printf", 80, saw, "tls:b.example:444"), / \| ncat --ssl b\.example 444$/m);
});

test("printf takes no bytes for options or formats", async () => {
  for (const text of ["-x", "--", "%s\\n", "\\101"]) {
    const { stdout } = await run("sh", ["-c", printfCommand(Buffer.from(text))]);
    assert.equal(stdout, text);
  }
});
