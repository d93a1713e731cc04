import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { CookiePlace } from "../../src/http/client/cookies/cookie.ts";
import { createCookieJar } from "../../src/http/client/cookies/cookie-jar.ts";
import { cookies } from "../../src/http/client/cookies/cookies.ts";
import { netscapeCookies, parseNetscapeCookies } from "../../src/http/client/cookies/netscape.ts";
import type { ClientResponse } from "../../src/http/client/messages.ts";
import { Fields } from "../../src/http1/fields.ts";
import { requirePeer } from "../support/peers.ts";
import { rawServer } from "./raw-server.ts";

const NOW = 1_795_908_903; // 28 November 2026
const now = () => NOW * 1000;
const HOST = "http://ex.example.com";

/** The lines of the file after a response set a cookie. */
async function file(url: string | CookiePlace, ...values: string[]): Promise<string[]> {
  const jar = createCookieJar({ now });
  await jar.received(url, values);
  return netscapeCookies(jar.cookies()).split("\n").slice(4, -1);
}

// What curl 8.23 writes into its file for `Set-Cookie: …` from http://ex.example.com/foo/bar; nothing if it refuses.
const SET: [value: string, line: string | undefined][] = [
  ["x", undefined],
  ["=x", undefined],
  ["", undefined],
  ["; x=1", undefined],
  ["x;y=1", undefined],
  ["x=", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t"],
  ["x = y ", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\ty"],
  ['x="a b"', 'ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t"a b"'],
  ['x="a;b"', 'ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t"a'],
  ["x=1=2, y=3", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1=2, y=3"],
  ["x=%0d%0a", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t%0d%0a"],
  ["\xe9=\xff", "ex.example.com\tFALSE\t/foo\tFALSE\t0\t\xe9\t\xff"],
  ["x=a\tb", undefined],
  ["x\ty=1", undefined],
  ["x=a\x01b", undefined],
  ["x=1;;path=/a", "ex.example.com\tFALSE\t/a\tFALSE\t0\tx\t1"],
  ["x=1; path=a", "ex.example.com\tFALSE\t/\tFALSE\t0\tx\t1"],
  ['x=1; path="/a"', "ex.example.com\tFALSE\t/a\tFALSE\t0\tx\t1"],
  ["x=1; path=", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1"],
  ["x=1; path=/foo/", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1"],
  ["x=1; path=/a; PATH=/", "ex.example.com\tFALSE\t/\tFALSE\t0\tx\t1"],
  ["x=1; domain=", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1"],
  ["x=1; domain=com", undefined],
  ["x=1; domain=other.com", undefined],
  ["x=1; domain=le.com", undefined],
  ["x=1; domain=a.ex.example.com", undefined],
  ["x=1; domain=..example.com", undefined],
  ["x=1; domain=.", undefined],
  ["x=1; domain=example.com.", undefined],
  ["x=1; domain=EX.Example.com", ".EX.Example.com\tTRUE\t/foo\tFALSE\t0\tx\t1"],
  ["x=1; domain=.example.com; path=/", ".example.com\tTRUE\t/\tFALSE\t0\tx\t1"],
  ["x=1; max-age=0", undefined],
  ["x=1; max-age=-1", undefined],
  ["x=1; max-age=+5", undefined],
  ["x=1; max-age=", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1"],
  ['x=1; max-age="10"', `ex.example.com\tFALSE\t/foo\tFALSE\t${NOW + 10}\tx\t1`],
  ["x=1; max-age= 1x", `ex.example.com\tFALSE\t/foo\tFALSE\t${NOW + 1}\tx\t1`],
  ["x=1; max-age=99999999999999999999", "ex.example.com\tFALSE\t/foo\tFALSE\t1830468900\tx\t1"],
  ["x=1; expires=foo", "ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1"],
  ["x=1; expires=Thu, 01 Jan 1970 00:00:00 GMT", undefined],
  ["x=1; expires=Wed, 02 Dec 2026 10:18:14 GMT", "ex.example.com\tFALSE\t/foo\tFALSE\t1796206694\tx\t1"],
  ['x=1; expires="Wed, 09 Jun 2100 10:18:14 GMT"', "ex.example.com\tFALSE\t/foo\tFALSE\t1830468900\tx\t1"],
  ["x=1; expires=Sun, 06-Nov-94 08:49:37 GMT", undefined],
  ["x=1; expires=Wed Nov 10 00:00:00 2094", "ex.example.com\tFALSE\t/foo\tFALSE\t1830468900\tx\t1"],
  [
    "x=1; max-age=5; expires=Thu, 01 Jan 1970 00:00:00 GMT",
    `ex.example.com\tFALSE\t/foo\tFALSE\t${NOW + 5}\tx\t1`,
  ],
  [
    "x=1; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=5",
    `ex.example.com\tFALSE\t/foo\tFALSE\t${NOW + 5}\tx\t1`,
  ],
  ["x=1; secure", undefined],
  ["x=1; Secure=foo", undefined],
  ["x=1; httponly=1", "#HttpOnly_ex.example.com\tFALSE\t/foo\tFALSE\t0\tx\t1"],
  ["__Secure-x=1", undefined],
  ["__Host-x=1; secure; path=/", undefined],
  [`a=${"x".repeat(4095)}`, `ex.example.com\tFALSE\t/foo\tFALSE\t0\ta\t${"x".repeat(4095)}`],
  [`a=${"x".repeat(4096)}`, undefined],
  [`a=1; foo=${"x".repeat(4989)}`, undefined],
];

for (const [value, line] of SET) {
  test(`Set-Cookie: ${JSON.stringify(value.slice(0, 70))}`, async () => {
    assert.deepEqual(await file(`${HOST}/foo/bar`, value), line === undefined ? [] : [line]);
  });
}

// [URL, Set-Cookie, hosts that get the cookie]
const DOMAINS: [url: string, value: string, line: string | undefined][] = [
  ["http://127.0.0.1/", "x=1; domain=127.0.0.1", "127.0.0.1\tFALSE"],
  ["http://127.0.0.1/", "x=1; domain=.0.0.1", undefined],
  ["http://[::1]/", "x=1; domain=::1", "::1\tFALSE"],
  ["http://[::1]/", "x=1; domain=[::1]", undefined],
  ["http://host/", "x=1; domain=host", "host\tFALSE"],
  ["http://localhost/", "x=1; domain=.localhost", "localhost\tFALSE"],
  ["http://a.localhost/", "x=1; domain=localhost", undefined],
  ["http://a.foo.test/", "x=1; domain=foo.test", ".foo.test\tTRUE"],
  ["http://foo.test/", "x=1; domain=test", undefined],
  ["http://ex.co.uk/", "x=1; domain=co.uk", undefined],
  ["http://ex.co.uk/", "x=1; domain=ex.co.uk", ".ex.co.uk\tTRUE"],
  ["http://x.github.io/", "x=1; domain=github.io", undefined],
  ["http://github.io/", "x=1; domain=github.io", "github.io\tFALSE"],
  ["http://ex.example.com./", "x=1; domain=example.com.", ".example.com.\tTRUE"],
  ["http://ex.example.com./", "x=1; domain=com.", undefined],
  ["http://evil-example.com/", "x=1; domain=example.com", undefined],
  ["https://a.test/", "__Host-x=1; secure; path=/", "a.test\tFALSE"],
  ["https://a.test/", "__Host-x=1; secure", "a.test\tFALSE"],
  ["https://a.test/q/r", "__Host-x=1; secure", undefined],
  ["https://b.a.test/", "__Host-x=1; secure; path=/; domain=a.test", undefined],
  ["https://a.test/", "__host-x=1; path=/", undefined],
  ["https://a.test/", "__secure-x=1", undefined],
  ["http://localhost/", "__Secure-x=1; secure", "localhost\tFALSE"],
  ["http://127.0.0.2/", "x=1; secure", undefined],
  ["http://a.localhost/", "x=1; secure", undefined],
];

for (const [url, value, start] of DOMAINS) {
  test(`from ${url}, Set-Cookie: ${value}`, async () => {
    const [line] = await file(url, value);
    assert.equal(line?.split("\t").slice(0, 2).join("\t"), start);
  });
}

test("cookies go to their paths and hosts, in curl's order", async () => {
  const jar = createCookieJar({ now });
  await jar.received(`${HOST}/x`, ["a=1", "bb=2", "c=3; path=/x", "d=4; domain=example.com", "ccc=5"]);
  await jar.received(`${HOST}/x/y`, ["e=6"]);
  const fields = ["/x/y", "/x", "/xy", "/"].map((path) => jar.fieldFor(`${HOST}${path}`));
  const atRoot = "ccc=5; bb=2; a=1; d=4";
  assert.deepEqual(fields, [`e=6; c=3; ${atRoot}`, `e=6; c=3; ${atRoot}`, atRoot, atRoot]);
  const others = [
    "http://example.com/",
    "http://z.example.com/",
    "http://a.ex.example.com/",
    "http://example.com.evil/",
  ];
  assert.deepEqual(
    others.map((url) => jar.fieldFor(url)),
    ["d=4", "d=4", "d=4", undefined],
  );
});

test("a cookie is replaced by one of its name, domain and path, and keeps its place", async () => {
  const jar = createCookieJar({ now });
  await jar.received(`${HOST}/`, ["a=1", "b=2", "a=3", "a=4; path=/p", "b=; max-age=0"]);
  assert.equal(jar.fieldFor(`${HOST}/p`), "a=4; a=3");
  await jar.received(`${HOST}/`, ["b=5", "a=6"]);
  assert.equal(jar.fieldFor(`${HOST}/`), "b=5; a=6");
});

test("a cookie ends by the clock", async () => {
  let time = NOW;
  const jar = createCookieJar({ now: () => time * 1000 });
  await jar.received(HOST, ["a=1; max-age=10"]);
  time += 10;
  assert.equal(jar.fieldFor(HOST), "a=1");
  time += 1;
  assert.equal(jar.fieldFor(HOST), undefined);
  assert.deepEqual(jar.cookies(), []);
});

test("plain http gets no secure cookie, and cannot replace or hide one", async () => {
  const jar = createCookieJar({ now });
  const secure = ["a=1; secure; path=/", "b=1; secure; domain=example.com; path=/", "c=1; secure; path=/x"];
  await jar.received("https://ex.example.com/", secure);
  assert.equal(jar.fieldFor(`${HOST}/x`), undefined);
  const plain = [
    "a=9",
    "a=9; path=/q",
    "b=9; domain=example.com",
    "b=8",
    "c=7; path=/",
    "c=6; path=/x/y",
    "a=; max-age=0",
  ];
  await jar.received(`${HOST}/`, plain);
  assert.equal(jar.fieldFor(`${HOST}/x/y`), "c=7");
  assert.equal(jar.fieldFor("https://ex.example.com/x"), "c=1; c=7; a=1; b=1");
});

test("curl's limits: 50 of a response, 150 in a request, 8,190 octets of field line", async () => {
  const jar = createCookieJar({ now });
  const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => `c${from + i}=1`);
  await jar.received(HOST, some(100, 60));
  assert.equal(jar.cookies().length, 50);
  for (const from of [150, 200, 250]) await jar.received(HOST, some(from, 50));
  assert.equal(jar.cookies().length, 200);
  const sent = jar.fieldFor(HOST)?.split("; ") ?? [];
  assert.deepEqual([sent.length, sent[0], sent.at(-1)], [150, "c249=1", "c100=1"]);

  for (const [more, names] of [
    [192, "cba"],
    [193, "cb"],
  ] as const) {
    const big = createCookieJar({ now });
    await big.received(HOST, [`a=${"x".repeat(3990)}`, `b=${"x".repeat(3990)}`, `c=${"x".repeat(more)}`]);
    assert.equal(big.fieldFor(HOST)?.replace(/=x+(; )?/g, ""), names);
  }
});

test("a full jar drops the oldest cookie of a server, never one of a file", async () => {
  const jar = createCookieJar({ now, maxCookies: 3 });
  jar.add(parseNetscapeCookies("ex.example.com\tFALSE\t/\tFALSE\t0\tf\t1\n", NOW));
  await jar.received(HOST, ["a=1", "b=1", "c=1", "d=1"]);
  assert.equal(jar.fieldFor(HOST), "d=1; c=1; f=1");
});

test("the check of public suffixes can be another one", async () => {
  const asked: string[] = [];
  const isPublicSuffix = (domain: string) => asked.push(domain) > 0;
  const jar = createCookieJar({ now, isPublicSuffix });
  await jar.received(HOST, ["a=1; domain=Example.com", "b=2"]);
  assert.deepEqual(asked, ["example.com"]);
  assert.equal(jar.fieldFor(HOST), "b=2");
});

test("SameSite is read as a whole word", async () => {
  const jar = createCookieJar({ now });
  await jar.received(HOST, [
    "a=1; SameSite=LAX",
    "b=1; samesite=Strictly",
    "c=1; samesite=none",
    "d=1; x=samesite=lax",
  ]);
  assert.deepEqual(
    jar.cookies().map(({ sameSite }) => sameSite),
    ["lax", undefined, "none", undefined],
  );
});

test("real curl sends the same cookies and writes the same file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "wirepane-cookies-"));
  try {
    await using server = await rawServer();
    const output = join(folder, "jar");
    const urls = ["/foo/bar", "/foo/zip?x=/y/z", "/", "/foo"].map((path) => `${HOST}${path}`);
    const args = ["-q", "-sS", "-c", output, "-x", server.url, ...urls];
    const curl = promisify(execFile)(requirePeer("curl"), args, { timeout: 20_000 });
    const jar = createCookieJar();
    // Each cookie has its path: before 8.10, curl kept the slash at the end of a path that it made itself.
    const answers = [
      [
        "a=1; path=/foo",
        "b=2; path=/foo",
        "c=3; Domain=example.com; path=/foo",
        "d=4; Secure",
        "e=5; Path=/",
        "g=7; HttpOnly; SameSite=Lax; path=/foo",
      ],
      ["a=8; path=/", "long=9; path=/foo", "x=1; domain=com", "y=\xe9; path=/foo"],
      ["z=1; path=/foo/bar", "e=6; path=/", "c=0; max-age=0; domain=example.com; path=/foo"],
      [],
    ];
    const fields: [ours: string | undefined, curls: string | undefined][] = [];
    curl.catch(() => {}); // awaited below: an error of ours comes first
    for (const [index, values] of answers.entries()) {
      const url = urls[index] ?? "";
      const peer = await server.accepted(index);
      const [, sent] = /^Cookie: (.*)\r$/m.exec(await peer.head()) ?? [];
      fields.push([jar.fieldFor(url), sent]);
      await jar.received(url, values);
      const lines = values.map((value) => `Set-Cookie: ${value}\r\n`).join("");
      peer.send(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n${lines}\r\n`);
    }
    await curl;
    for (const [ours, curls] of fields) assert.equal(ours, curls);
    assert.equal(fields.filter(([, curls]) => curls !== undefined).length, 3);
    assert.equal(netscapeCookies(jar.cookies()), await readFile(output, "latin1"));
  } finally {
    await rm(folder, { recursive: true });
  }
});

// Lines of a file, what curl 8.23 makes of them when it writes the file again, and what http://ex.example.com/x gets.
const FILE: [line: string, written: string | undefined, sent: string | undefined][] = [
  ["ex.example.com\tFALSE\t/\tFALSE\t0\ta\t1", "ex.example.com\tFALSE\t/\tFALSE\t0\ta\t1", "a=1"],
  [".example.com\tTRUE\t/\tFALSE\t0\ta\t1\r", ".example.com\tTRUE\t/\tFALSE\t0\ta\t1", "a=1"],
  ["example.com\ttrue\t/\tFALSE\t0\ta\t1", ".example.com\tTRUE\t/\tFALSE\t0\ta\t1", "a=1"],
  [".example.com\tFALSE\t/\tFALSE\t0\ta\t1", "example.com\tFALSE\t/\tFALSE\t0\ta\t1", undefined],
  ["ex.example.com\tyes\t/\ttrue\t0\ta\t1", "ex.example.com\tFALSE\t/\tTRUE\t0\ta\t1", undefined],
  [
    "#HttpOnly_.example.com\tTRUE\t/\tFALSE\t0\ta\t1",
    "#HttpOnly_.example.com\tTRUE\t/\tFALSE\t0\ta\t1",
    "a=1",
  ],
  ["#httponly_ex.example.com\tFALSE\t/\tFALSE\t0\ta\t1", undefined, undefined],
  ["#ex.example.com\tFALSE\t/\tFALSE\t0\ta\t1", undefined, undefined],
  ["ex.example.com\tFALSE\t/\tFALSE\t0\ta", "ex.example.com\tFALSE\t/\tFALSE\t0\ta\t", "a="],
  ["ex.example.com\tFALSE\t/\tFALSE\t0\t\tb", "ex.example.com\tFALSE\t/\tFALSE\t0\t\tb", "=b"],
  ["ex.example.com\tFALSE\t/\tFALSE\t0\ta\t1\t2", undefined, undefined],
  ["ex.example.com FALSE / FALSE 0 a b", undefined, undefined],
  ["ex.example.com\tFALSE\tFALSE\t0\ta\tb", "ex.example.com\tFALSE\t/\tFALSE\t0\ta\tb", "a=b"],
  ['ex.example.com\tFALSE\t"/x"\tFALSE\t0\ta\tb', "ex.example.com\tFALSE\t/x\tFALSE\t0\ta\tb", "a=b"],
  [
    'ex.example.com\tFALSE\t/x/\tFALSE\t0\ta\tb;c "',
    'ex.example.com\tFALSE\t/x\tFALSE\t0\ta\tb;c "',
    'a=b;c "',
  ],
  ["ex.example.com\tFALSE\t/\tFALSE\t100\ta\tb", undefined, undefined],
  ["ex.example.com\tFALSE\t/\tFALSE\t-5\ta\tb", undefined, undefined],
  ["ex.example.com\tFALSE\t/\tFALSE\tx\ta\tb", undefined, undefined],
  ["ex.example.com\tFALSE\t/\tFALSE\t99999999999999999999\ta\tb", undefined, undefined],
  [
    "ex.example.com\tFALSE\t/\tFALSE\t4102444800.5\ta\tb",
    "ex.example.com\tFALSE\t/\tFALSE\t4102444800\ta\tb",
    "a=b",
  ],
  ["ex.example.com\tFALSE\t/\tFALSE\t0\ta\tb\x01", undefined, undefined],
  ["ex.example.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb", undefined, undefined],
  ["ex.example.com\tFALSE\t/x\tTRUE\t0\t__Host-a\tb", undefined, undefined],
  ["..example.com\tTRUE\t/\tFALSE\t0\ta\tb", ".example.com\tTRUE\t/\tFALSE\t0\ta\tb", undefined],
  [".localhost\tTRUE\t/\tFALSE\t0\ta\tb", "localhost\tFALSE\t/\tFALSE\t0\ta\tb", undefined],
  ["set-cookie:b=2; domain=example.com; path=/", ".example.com\tTRUE\t/\tFALSE\t0\tb\t2", "b=2"],
  [
    "Set-Cookie: c=3; domain=other.com; path=/foo; secure",
    ".other.com\tTRUE\t/foo\tTRUE\t0\tc\t3",
    undefined,
  ],
  ["Set-Cookie: a=1", undefined, undefined],
  [" Set-Cookie: a=1; domain=example.com", undefined, undefined],
  ["HTTP/1.1 200 OK", undefined, undefined],
];

for (const [line, written, sent] of FILE) {
  test(`a line of a cookie file: ${JSON.stringify(line)}`, () => {
    const jar = createCookieJar({ now });
    jar.add(parseNetscapeCookies(`# Netscape HTTP Cookie File\n\n${line}\n`, NOW));
    const lines = netscapeCookies(jar.cookies()).split("\n").slice(4, -1);
    assert.deepEqual(lines, written === undefined ? [] : [written]);
    assert.equal(jar.fieldFor(`${HOST}/x`), sent);
  });
}

test("a file does not overwrite what a server set", async () => {
  const jar = createCookieJar({ now });
  await jar.received(HOST, ["a=live"]);
  jar.add(parseNetscapeCookies("ex.example.com\tFALSE\t/\tFALSE\t0\ta\tfile\n", NOW));
  assert.equal(jar.fieldFor(HOST), "a=live");
});

test("the step sends cookies back to where they are from, and to no other host", async () => {
  const sent: [url: string, cookie: string | undefined][] = [];
  const next = async ({ url, fields }: { url: string | URL; fields?: unknown }) => {
    sent.push([String(url), Fields.from(fields as Fields).get("cookie")]);
    const response = { status: 200, fields: new Fields(["Set-Cookie", "a=1, b", "Set-Cookie", "c=2"]) };
    return response as Partial<ClientResponse> as ClientResponse;
  };
  const step = cookies(createCookieJar());
  await step({ url: HOST }, next);
  await step({ url: HOST, fields: { Accept: "x" } }, next);
  await step({ url: HOST, fields: { cookie: "own" } }, next);
  await step({ url: "http://example.com/" }, next);
  assert.deepEqual(sent, [
    [HOST, undefined],
    [HOST, "c=2; a=1, b"],
    [HOST, "own"],
    ["http://example.com/", undefined],
  ]);
});
