import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import type { Har } from "har-format";
import { openBrowser } from "../support/browser.ts";
import { runCli } from "../support/cli.ts";
import { requirePeer } from "../support/peers.ts";
import { recordedProxy } from "../support/recorded-proxy.ts";
import { nginxWith } from "../support/web-servers.ts";

// What curl and Chromium got of nginx was recorded between them. The programs that read our files find there what nginx
// served: HAR by its schema, pcapng by tshark.

const folder = mkdtempSync(join(tmpdir(), "wirepane-saved-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const files = join(folder, "files");

const FILES: Readonly<Record<string, string | Buffer>> = {
  "page.html":
    '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="style.css"><p>Grüße<img src="picture.svg">',
  "style.css": `p { color: red } /* ${"long enough to be compressed ".repeat(100)} */`,
  "picture.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>',
  "large.bin": Buffer.from(Array.from({ length: 500_000 }, (_, i) => (i * i) >> 3)),
};
const bytesOf = (name: string): Buffer => Buffer.from(FILES[name] as string);

before(async () => {
  mkdirSync(files);
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(files, name), content);
  await using nginx = await nginxWith(files);
  await using proxy = await recordedProxy(folder, "recorded", `127.0.0.1:${nginx.port}`);
  const curl = requirePeer("curl");
  for (const name of Object.keys(FILES))
    execFileSync(curl, ["-sS", "--noproxy", "*", "--compressed", "-o", "/dev/null", `${proxy.url}/${name}`]);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${proxy.url}/page.html`);
    await page.waitForFunction("document.querySelector('img').naturalWidth === 7");
  } finally {
    await browser.close();
  }
  await proxy.stop();
  for (const ending of ["har", "pcapng"]) {
    const { code, stderr } = await runCli([
      "trace",
      "save",
      "--reveal",
      proxy.file,
      join(folder, `saved.${ending}`),
    ]);
    assert.equal(code, 0, stderr);
  }
});

test("the HAR schema accepts the file, and each content is the file that nginx served", () => {
  const har = JSON.parse(readFileSync(join(folder, "saved.har"), "utf8")) as Har;
  const require = createRequire(import.meta.url);
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
  for (const schema of Object.values(require("har-schema") as Record<string, object>)) ajv.addSchema(schema);
  const isHar = ajv.getSchema("har.json#");
  assert.ok(isHar?.(har), JSON.stringify(isHar?.errors));
  const seen = new Map<string, number>();
  for (const { request, response } of har.log.entries) {
    const name = new URL(request.url).pathname.slice(1);
    if (!(name in FILES)) continue; // Chromium asks for favicon.ico
    const { text = "", encoding } = response.content;
    assert.equal(response.status, 200);
    assert.ok(Buffer.from(text, encoding === "base64" ? "base64" : "utf8").equals(bytesOf(name)), name);
    assert.equal(response.content.size, bytesOf(name).length);
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  assert.deepEqual([...seen.keys()].sort(), Object.keys(FILES).sort());
  const agents = har.log.entries.map(
    ({ request }) => request.headers.find(({ name }) => /^user-agent$/i.test(name))?.value,
  );
  assert.ok(
    agents.some((agent) => agent?.startsWith("curl/")) && agents.some((agent) => agent?.includes("Chrome/")),
  );
});

test("tshark has no complaint, and the objects that it takes out are the files that nginx served", () => {
  const objects = join(folder, "objects");
  const options = [
    "-o",
    "tcp.check_checksum:TRUE",
    "-o",
    "ip.check_checksum:TRUE",
    "-o",
    "http.decompress_body:TRUE",
  ];
  const { status, stdout, stderr } = spawnSync(
    requirePeer("tshark"),
    [
      "-n",
      "-q",
      "-r",
      join(folder, "saved.pcapng"),
      ...options,
      "-z",
      "expert,note",
      "--export-objects",
      `http,${objects}`,
    ],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /cut short|isn't|damaged/);
  const complaints = stdout
    .split("\n")
    .filter((line) => /^ +\d+ +[A-Z]\w+ +[A-Z]/.test(line) && !ENDS.test(line));
  assert.deepEqual(complaints, []);
  for (const name of Object.keys(FILES)) {
    // Each comes twice or more: by both hops, and by both clients. The second is name(1).html.
    const taken = readdirSync(objects).filter((each) => each.replace(/\(\d+\)/, "") === name);
    assert.ok(taken.length >= 2, `${name}: ${taken.length}`);
    for (const each of taken) {
      const bytes = readFileSync(join(objects, each));
      const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
      assert.ok(plain.equals(bytesOf(name)), each);
    }
  }
});

/** What tshark notes of every FIN. */
const ENDS = /This frame (?:initiates|undergoes) the connection closing|Connection reset \(RST\)/;
