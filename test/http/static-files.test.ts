import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  constants,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type StaticFilesOptions, staticFiles } from "../../src/http/server/files/static-files.ts";
import { text } from "../../src/http/server/handler.ts";
import { escapeHtml, htmlPage } from "../../src/http/server/page.ts";
import { firstOf } from "../../src/http/server/router.ts";
import { rawClient } from "./raw-client.ts";

const SECRET = "TOP-SECRET-OUTSIDE";
const top = mkdtempSync(join(tmpdir(), "wirepane-static-"));
const root = join(top, "pub");
const big = Buffer.alloc(1_000_000, "0123456789");
after(() => rmSync(top, { recursive: true }));

for (const directory of [
  "pub",
  "pub/sub",
  "pub/sub/deep",
  "pub/with index",
  "pub/.git",
  "public",
  "pub/list<b>",
]) {
  mkdirSync(join(top, directory));
}
const files: Record<string, string | Buffer> = {
  "pub/hello.txt": "Hello, file!",
  "pub/empty.txt": "",
  "pub/big.bin": big,
  "pub/page.html": "<p>page",
  "pub/unknown.zzz": "?",
  "pub/naïve name.txt": "named",
  "pub/100%.txt": "percent",
  "pub/with index/index.html": "<p>index",
  "pub/sub/x.js": "1",
  "pub/.env": SECRET,
  "pub/.git/config": SECRET,
  "pub/list<b>/a&b<i>.txt": "",
  "pub/list<b>/javascript:alert(1)": "",
  "public/secret.txt": SECRET,
  "secret.txt": SECRET,
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(top, name), content);
symlinkSync(join(top, "secret.txt"), join(root, "link-out.txt"));
symlinkSync(join(top, "public"), join(root, "link-out-dir"));
symlinkSync("../secret.txt", join(root, "link-out-relative.txt"));
symlinkSync("hello.txt", join(root, "link-in.txt"));
symlinkSync(".env", join(root, "link-to-dot.txt"));
symlinkSync("loop", join(root, "loop"));
utimesSync(join(root, "hello.txt"), 784111777, 784111777); // Sun, 06 Nov 1994 08:49:37 GMT

interface Received {
  readonly status: number;
  readonly head: string;
  readonly content: string;
}

async function ask(
  target: string,
  fields = "",
  method = "GET",
  options: StaticFilesOptions = {},
): Promise<Received> {
  const client = rawClient(staticFiles(root, options));
  client.send(`${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`);
  const received = await client.toEnd();
  const headEnd = received.indexOf("\r\n\r\n");
  return {
    status: Number(received.slice(9, 12)),
    head: received.slice(0, headEnd + 2),
    content: received.slice(headEnd + 4),
  };
}

const field = (head: string, name: string): string | undefined =>
  new RegExp(`\r\n${name}: (.*)\r\n`).exec(head)?.[1];
const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd")).length;

test("a file is sent with its type, its length and its validators", async () => {
  const { status, head, content } = await ask("/hello.txt");
  assert.deepEqual([status, content], [200, "Hello, file!"]);
  assert.equal(field(head, "Content-Type"), "text/plain; charset=utf-8");
  assert.equal(field(head, "Content-Length"), "12");
  assert.equal(field(head, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert.match(field(head, "ETag") ?? "", /^"c-[0-9a-f]+"$/);
  assert.equal(field(head, "Accept-Ranges"), "bytes");
  assert.equal(field(head, "X-Content-Type-Options"), "nosniff");
});

test("names are decoded once", async () => {
  assert.equal((await ask("/na%C3%AFve%20name.txt")).content, "named");
  assert.equal((await ask("/100%25.txt")).content, "percent");
  assert.equal((await ask("/100%2525.txt")).status, 404);
  assert.equal((await ask("/hello.txt?query#x".replace("#x", ""))).content, "Hello, file!");
});

test("a big file streams whole; an empty one has nothing", async () => {
  const { content } = await ask("/big.bin");
  assert.equal(
    createHash("sha256").update(content, "latin1").digest("hex"),
    createHash("sha256").update(big).digest("hex"),
  );
  const empty = await ask("/empty.txt");
  assert.deepEqual([empty.status, empty.content, field(empty.head, "Content-Length")], [200, "", "0"]);
});

test("an unknown type is for saving, not for guessing", async () => {
  const { head } = await ask("/unknown.zzz");
  assert.equal(field(head, "Content-Type"), "application/octet-stream");
  assert.equal(field(head, "Content-Disposition"), "attachment");
});

test("the extension decides the type, from the whole table; a charset is given only if known", async () => {
  for (const [name, content, type] of [
    ["html", "<p>", "application/octet-stream"],
    ["README", "read me", "application/octet-stream"],
    ["text.docx", "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ["script.js", "", "text/javascript; charset=utf-8"],
    ["plain.html", "<p>page", "text/html; charset=utf-8"],
    ["old.html", '<meta charset="iso-8859-1"><p>p\xe4ge', "text/html"],
    ["older.html", '<meta http-equiv=Content-Type content="text/html; charset = koi8-r">', "text/html"],
    ["wide.html", "\xff\xfe<\0p\0", "text/html"],
    ["style.css", "a{}", "text/css; charset=utf-8"],
    ["old.css", '@charset "iso-8859-1";a{}', "text/css"],
    ["feed.xml", '<?xml version="1.0" encoding="iso-8859-1"?><a/>', "application/xml"],
    ["data.json", "{}", "application/json"],
  ] as const) {
    writeFileSync(join(root, name), Buffer.from(content, "latin1"));
    assert.equal(field((await ask(`/${name}`)).head, "Content-Type"), type, name);
    rmSync(join(root, name));
  }
});

test("HEAD has the fields of GET", async () => {
  for (const target of ["/hello.txt", "/big.bin", "/with%20index/"]) {
    const [head, get] = [await ask(target, "", "HEAD"), await ask(target)];
    assert.equal(head.content, "");
    assert.equal(head.head, get.head);
  }
});

test("other methods are 405 with Allow", async () => {
  for (const method of ["POST", "PUT", "DELETE"]) {
    const { status, head } = await ask("/hello.txt", "", method);
    assert.deepEqual([status, field(head, "Allow")], [405, "GET, HEAD, OPTIONS"]);
  }
  assert.equal((await ask("/hello.txt", "", "OPTIONS")).status, 204);
});

test("a directory answers with its index, and without its slash it redirects", async () => {
  assert.equal((await ask("/with%20index/")).content, "<p>index");
  const { status, head } = await ask("/with%20index?q=1");
  assert.deepEqual([status, field(head, "Location")], [301, "/with%20index/?q=1"]);
});

test("a redirect never leads to another host", async () => {
  for (const target of ["//sub", "///sub", "/sub", "http://a//sub"]) {
    const { status, head } = await ask(target);
    assert.deepEqual([status, field(head, "Location")], [301, "/sub/"], target);
  }
});

test("directories are listed only where asked for", async () => {
  assert.equal((await ask("/sub/")).status, 404);
  const { status, head, content } = await ask("/sub/", "", "GET", { listing: true });
  assert.equal(status, 200);
  assert.match(
    content,
    /<a href="\.\.\/">\.\.\/<\/a>[\s\S]*<a href="deep\/">deep\/<\/a>[\s\S]*<a href="x\.js">x\.js<\/a>/,
  );
  assert.match(field(head, "Content-Security-Policy") ?? "", /^default-src 'none'; style-src 'sha256-/);
});

test("a page of ours cannot be read as another type, and no text on it ends an attribute", () => {
  const page = htmlPage("title", escapeHtml('"x"'));
  assert.deepEqual(new Map(page.fields as [string, string][]).get("X-Content-Type-Options"), "nosniff");
  assert.match(String(page.body), /&quot;x&quot;/);
});

test("a listing escapes names and hides dot files", async () => {
  const { content } = await ask("/list%3Cb%3E/", "", "GET", { listing: true });
  assert.match(content, /<title>\/list&lt;b&gt;\/<\/title>/);
  assert.match(content, /<a href="a%26b%3Ci%3E\.txt">a&amp;b&lt;i&gt;\.txt<\/a>/);
  assert.match(content, /href="javascript%3Aalert\(1\)"/);
  assert.doesNotMatch((await ask("/", "", "GET", { listing: true })).content, /\.env|\.git/);
});

test("a listing shows no control or bidi character raw, and no link to what has no path", async () => {
  mkdirSync(join(root, "odd"));
  writeFileSync(join(root, "odd", "a\x1b[2Jb"), "");
  writeFileSync(join(root, "odd", "c\u202etxt.exe"), "named");
  const { content } = await ask("/odd/", "", "GET", { listing: true });
  assert.match(content, /<tr><td>a\\x1b\[2Jb\n/);
  const [, href = "", shown] =
    /<a href="(c[^"]*)">([^<]*)</.exec(Buffer.from(content, "latin1").toString()) ?? [];
  assert.equal(shown, "c\\u{202e}txt.exe");
  assert.equal((await ask(`/odd/${href}`)).content, "named");
  rmSync(join(root, "odd"), { recursive: true });
});

test("a listing reads no more than 10,000 names, and says that there are others", async () => {
  mkdirSync(join(root, "many"));
  for (let i = 0; i <= 10_000; i++) writeFileSync(join(root, "many", `${i}`), "");
  const { content } = await ask("/many/", "", "GET", { listing: true });
  assert.equal(content.match(/<a href="\d+">/g)?.length, 10_000);
  assert.match(content, /There are more names/);
  rmSync(join(root, "many"), { recursive: true });
});

test("the style of a page is the one its policy allows", async () => {
  const { head, content } = await ask("/sub/", "", "GET", { listing: true });
  const style = /<style>(.*)<\/style>/.exec(content)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  assert.ok(head.includes(`'sha256-${hash}'`));
});

test("a client that has the current file gets a 304", async () => {
  const { head } = await ask("/hello.txt");
  const etag = field(head, "ETag") ?? "";
  for (const condition of [
    `If-None-Match: ${etag}`,
    `If-None-Match: "other", W/${etag}`,
    "If-None-Match: *",
    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
    "If-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT",
  ]) {
    const { status, head: notModified, content } = await ask("/hello.txt", `${condition}\r\n`);
    assert.deepEqual([status, content, field(notModified, "ETag")], [304, "", etag], condition);
    assert.equal(field(notModified, "Content-Length"), undefined);
  }
});

test("a condition that fails gives the whole file, or 412", async () => {
  for (const [condition, wanted] of [
    ['If-None-Match: "other"', 200],
    ["If-Modified-Since: Sat, 05 Nov 1994 08:49:37 GMT", 200],
    ["If-Modified-Since: yesterday", 200],
    ['If-None-Match: "other"\r\nIf-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT', 200],
    ['If-Match: "other"', 412],
    ["If-Match: *", 200],
    ["If-Unmodified-Since: Sat, 05 Nov 1994 08:49:37 GMT", 412],
    ["If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200],
  ] as const) {
    assert.equal((await ask("/hello.txt", `${condition}\r\n`)).status, wanted, condition);
  }
});

test("one range is 206 with the requested bytes", async () => {
  for (const [range, content, contentRange] of [
    ["0-4", "Hello", "bytes 0-4/12"],
    ["7-", "file!", "bytes 7-11/12"],
    ["-5", "file!", "bytes 7-11/12"],
    ["-100", "Hello, file!", "bytes 0-11/12"],
    ["7-100", "file!", "bytes 7-11/12"],
    ["11-11", "!", "bytes 11-11/12"],
  ] as const) {
    const answer = await ask("/hello.txt", `Range: bytes=${range}\r\n`);
    assert.deepEqual(
      [answer.status, answer.content, field(answer.head, "Content-Range")],
      [206, content, contentRange],
    );
  }
  assert.equal((await ask("/big.bin", "Range: bytes=999990-\r\n")).content, "0123456789");
});

test("a range without a byte is 416 and says how many there are", async () => {
  for (const range of ["12-", "100-200", "-0"]) {
    const { status, head } = await ask("/hello.txt", `Range: bytes=${range}\r\n`);
    assert.deepEqual([status, field(head, "Content-Range")], [416, "bytes */12"], range);
  }
  assert.equal((await ask("/empty.txt", "Range: bytes=0-\r\n")).status, 416);
});

test("several ranges, another unit and nonsense are answered with the whole file", async () => {
  for (const range of [
    "bytes=0-1,2-3",
    `bytes=${"0-,".repeat(1000)}0-`,
    "lines=0-1",
    "bytes=4-2",
    "bytes=-",
    "bytes=a-b",
    "bytes 0-1",
  ]) {
    assert.equal((await ask("/hello.txt", `Range: ${range}\r\n`)).status, 200, range);
  }
});

test("If-Range lets a range through only for the same file", async () => {
  const etag = field((await ask("/hello.txt")).head, "ETag");
  for (const [ifRange, wanted] of [
    [etag, 206],
    ['"other"', 200],
    [`W/${etag}`, 200],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 206],
    ["Mon, 07 Nov 1994 08:49:37 GMT", 200],
  ] as const) {
    assert.equal(
      (await ask("/hello.txt", `Range: bytes=0-4\r\nIf-Range: ${ifRange}\r\n`)).status,
      wanted,
      ifRange,
    );
  }
});

test("the tag changes with the file", async () => {
  writeFileSync(join(root, "changing.txt"), "1");
  const before = field((await ask("/changing.txt")).head, "ETag");
  appendFileSync(join(root, "changing.txt"), "2");
  assert.notEqual(field((await ask("/changing.txt")).head, "ETag"), before);
});

test("a link may lead anywhere below the root, but not out of it", async () => {
  assert.equal((await ask("/link-in.txt")).content, "Hello, file!");
  for (const target of [
    "/link-out.txt",
    "/link-out-relative.txt",
    "/link-out-dir/secret.txt",
    "/link-out-dir/",
    "/link-to-dot.txt",
    "/loop",
  ]) {
    assert.equal((await ask(target, "", "GET", { listing: true })).status, 404, target);
  }
});

test("a named pipe, or a link to one outside, is not opened", async () => {
  const pipe = join(top, "pipe");
  execFileSync("mkfifo", [pipe]);
  symlinkSync(pipe, join(root, "link-to-pipe"));
  let phase = "asked";
  // Waits until somebody opens the pipe to read.
  const writer = open(pipe, "w").then(async (handle) => {
    const openedWhen = phase;
    await handle.close();
    return openedWhen;
  });
  assert.equal((await ask("/link-to-pipe")).status, 404);
  for (let turn = 0; turn < 10; turn++) await stat(pipe); // a reader that was released has returned by now
  phase = "answered";
  const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  assert.equal(await writer, "answered");
  await reader.close();
  rmSync(join(root, "link-to-pipe"));
});

test("only a missing file is looked for elsewhere", async () => {
  mkdirSync(join(root, "withheld"));
  symlinkSync("/dev/null", join(root, "withheld", "index.html"));
  const elsewhere = firstOf(staticFiles(root, { listing: true }), () => text("elsewhere"));
  const statusOf = async (method: string, target: string): Promise<string> => {
    const client = rawClient(elsewhere);
    client.send(`${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const received = await client.toEnd();
    return received.endsWith("elsewhere") ? "elsewhere" : received.slice(9, 12);
  };
  for (const [method, target, wanted] of [
    ["GET", "/nothing", "elsewhere"],
    ["POST", "/nothing", "elsewhere"],
    ["GET", "/hello.txt/below", "elsewhere"],
    ["GET", `/${"x".repeat(255)}y`, "400"],
    ["GET", "/link-out.txt", "404"],
    ["GET", "/loop", "404"],
    ["GET", "/withheld/", "404"],
    ["POST", "/hello.txt", "405"],
    ["POST", "/sub/", "405"],
  ] as const) {
    assert.equal(await statusOf(method, target), wanted, `${method} ${target}`);
  }
  rmSync(join(root, "withheld"), { recursive: true });
});

test("without a descriptor a file, an index and a list are 503 and reported; later they are served again", async () => {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const child = fileURLToPath(new URL(`./without-descriptors${extension}`, import.meta.url));
  const script = 'ulimit -n 256; exec "$0" "$@"';
  const args = ["-c", script, process.execPath, child, root];
  const { stdout } = await promisify(execFile)("sh", args);
  assert.deepEqual(JSON.parse(stdout), {
    without: [
      ["/hello.txt", 503, "EMFILE"],
      ["/with%20index/", 503, "EMFILE"],
      ["/sub/", 503, "EMFILE"],
      ["/nothing", 200, null],
    ],
    with: [
      ["/hello.txt", 200, null],
      ["/with%20index/", 200, null],
      ["/sub/", 200, null],
      ["/nothing", 200, null],
    ],
  });
});

test("a file that shrinks while it is sent breaks the connection off", async () => {
  const name = join(root, "shrinking.bin");
  writeFileSync(name, Buffer.alloc(4_000_000));
  const client = rawClient(staticFiles(root));
  client.connection.pause();
  client.send("GET /shrinking.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  while (client.connection.bytesIn === 0 && client.writes.length === 0) {
    await new Promise(setImmediate);
    if (client.connection.bytesIn > 0) break;
  }
  truncateSync(name, 1000);
  client.connection.resume();
  assert.equal((await client.connection.closed).how, "peer-abort");
  rmSync(name);
});

test("no file stays open: after answers, conditions, refusals and clients that left", async () => {
  // Garbage collection closes a forgotten file in the end, and Node warns of it.
  const warnings: string[] = [];
  const warned = (warning: Error) => warnings.push(warning.message);
  process.on("warning", warned);
  const before = await openFiles();
  for (const [target, fields, method] of [
    ["/hello.txt", "", "GET"],
    ["/big.bin", "", "GET"],
    ["/big.bin", "", "HEAD"],
    ["/big.bin", "If-None-Match: *\r\n", "GET"],
    ["/big.bin", "Range: bytes=99999999-\r\n", "GET"],
    ["/big.bin", 'If-Match: "x"\r\n', "GET"],
    ["/big.bin/", "", "GET"],
    ["/hello.txt", "", "POST"],
    ["/hello.txt", "", "OPTIONS"],
    ["/sub", "", "GET"],
    ["/sub/", "", "GET"],
    ["/with%20index/", "", "GET"],
    ["/link-out.txt", "", "GET"],
  ] as const) {
    await ask(target, fields, method, { listing: true });
  }
  const files = staticFiles(root);
  let answer: unknown;
  const leaving = rawClient((request) => {
    const given = files(request);
    answer = given;
    return given;
  });
  leaving.connection.pause();
  leaving.send("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  leaving.connection.abort();
  await leaving.served;
  await answer; // until then the file may not even be open
  while ((await openFiles()) > before) await new Promise(setImmediate);
  assert.equal(await openFiles(), before);
  await new Promise(setImmediate);
  process.off("warning", warned);
  assert.deepEqual(warnings, []);
});

/** Ways to leave the root that were tried on servers before, and variations of them. */
function hostileTargets(): string[] {
  const ups = [
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "%25252e%25252e",
    "..;",
    "..%00",
    "..%0a",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "%uff0e%uff0e",
    "..%20",
    "..%09",
    "...",
    "....",
    "%ef%bc%8e%ef%bc%8e",
  ];
  const slashes = ["/", "%2f", "%2F", "%252f", "\\", "%5c", "%255c", "%c0%af", "//", "/./", "%ef%bc%8f"];
  const targets = ups.flatMap((up) =>
    slashes.flatMap((slash) => [
      `/${up}${slash}secret.txt`,
      `/sub/${up}${slash}${up}${slash}secret.txt`,
      `/${up}${slash}public${slash}secret.txt`,
    ]),
  );
  const real = encodeURI(join(top, "secret.txt"));
  return [
    ...targets,
    real,
    `/${real}`,
    `//${real}`,
    `file://${real}`,
    `/file:${real}`,
    `http://a/..${real}`,
    `/%2f${real.slice(1)}`,
    `/C:${real}`,
    `/c:%5csecret.txt`,
    "//server/share/secret.txt",
    "/%5c%5cserver%5cshare",
    "/.env",
    "/.git/config",
    "/.git/",
    "/%2eenv",
    "/%2egit/config",
    "/sub/../.env",
    "/./.env",
    "/.//.env",
    "/hello.txt/../../secret.txt",
    "/hello.txt%00.html",
    "/secret.txt%00",
    "/..",
    "/../",
    "/.",
    "/./",
    "/%2e",
    "/%2e/",
    "/sub/..",
    "/sub/..;/..;/secret.txt",
    "/public/secret.txt",
    "/../public/secret.txt",
    "/..public/secret.txt",
    "/link-out.txt",
    "/link-out-dir/secret.txt",
    "/link-out-dir/../secret.txt",
    "/link-to-dot.txt",
    "/~root/secret.txt",
    "/$HOME/secret.txt",
    "/%",
    "/%2",
    "/%zz",
    "/%ff%fe",
    "/.env?x",
    "/.env%3f",
    "/.env/.",
    "/@fs/secret.txt",
    `/@fs${real}`,
    "/proc/self/environ",
    "/../../../../../../../../etc/passwd",
    "/etc/passwd",
    "/....//....//secret.txt",
    "/.%00./secret.txt",
    `/${"../".repeat(50)}etc/passwd`,
    `/${"a/".repeat(500)}secret.txt`,
    `/${"x".repeat(300)}`,
    "/hello.txt::$DATA",
    "/.ENV",
    "/secret.txt.",
    "/..%5c..%5csecret.txt",
  ];
}

test("no hostile path brings a byte from outside the root, or a dot file", async () => {
  const targets = hostileTargets();
  assert.ok(targets.length >= 120, String(targets.length));
  for (const target of targets) {
    const { status, content } = await ask(target, "", "GET", { listing: true });
    assert.ok(!content.includes(SECRET) && !content.includes("root:"), target);
    assert.ok([200, 301, 400, 404].includes(status), `${status} ${target}`);
    if (status === 200) assert.match(content, /<h1>\/(sub\/)?<\/h1>|^<p>page/, target);
  }
});

test("a link that is swapped while it is opened gives nothing from outside", async () => {
  const swapped = join(root, "swapped");
  const spare = join(top, "spare");
  mkdirSync(swapped);
  writeFileSync(join(swapped, "secret.txt"), "inside");
  symlinkSync(join(top, "public"), spare);
  let stop = false;
  const third = join(top, "third");
  const swapping = (async () => {
    while (!stop) {
      renameSync(swapped, third);
      renameSync(spare, swapped);
      await new Promise(setImmediate);
      renameSync(swapped, spare);
      renameSync(third, swapped);
      await new Promise(setImmediate);
    }
  })();
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) seen.add((await ask("/swapped/secret.txt")).content);
  stop = true;
  await swapping;
  assert.deepEqual([...seen].sort(), ["inside", "there is no such file\n"]);
});

test("a root must be a directory", () => {
  assert.throws(() => staticFiles(join(root, "hello.txt")), /not a directory/);
  assert.throws(() => staticFiles(join(root, "nothing")), /ENOENT/);
});
