import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { type FormPart, formPart } from "../../src/http/client/multipart/form-part.ts";
import { type Multipart, multipartBody } from "../../src/http/client/multipart/multipart.ts";
import { base64Content, quotedPrintableContent } from "../../src/http/client/multipart/transfer-encoding.ts";
import { rawServer } from "../http/raw-server.ts";
import { requirePeer } from "../support/peers.ts";

const curl = requirePeer("curl");
const folder = mkdtempSync(join(tmpdir(), "wirepane-multipart-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const short = file("short.txt", "AA");
const binary = file(
  "binary.bin",
  Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256),
);
const lines = file(
  "lines.txt",
  `a space at the end \nanother\ttab\t\r\n${"x".repeat(100)}\nend= \xe9\r\0${"y".repeat(76)}\r\n${"z".repeat(75)} \r\n `,
);
const odd = file('q"\\x.bin', "zz");

/** The boundaries that curl chose, in the order in which they first occur. */
type Boundaries = readonly string[];
type Case = readonly [options: readonly string[], parts: (boundaries: Boundaries) => readonly FormPart[]];

const octets = "application/octet-stream";

const CASES: readonly Case[] = [
  [["-F", "a=b"], () => [{ name: "a", content: "b" }]],
  [
    ["-F", "a=", "-F", "é=ü"],
    () => [
      { name: "a", content: "" },
      { name: "é", content: "ü" },
    ],
  ],
  [
    ["-F", `f=@${short}`],
    () => [{ name: "f", filename: "short.txt", contentType: "text/plain", content: readFileSync(short) }],
  ],
  [
    ["-F", `f=@${odd};filename=a"b\\c`, "-F", `g=@${odd}`],
    () => [
      { name: "f", filename: 'a"b\\c', contentType: octets, content: "zz" },
      { name: "g", filename: 'q"\\x.bin', contentType: octets, content: "zz" },
    ],
  ],
  [["-F", 'n"m\\x\r\ny=v'], () => [{ name: 'n"m\\x\r\ny', content: "v" }]],
  [["--form-escape", "-F", 'n"m\\x=v'], () => [{ name: 'n"m\\x', content: "v", escape: "backslash" }]],
  [
    ["-F", 'a=b;type=text/x;headers="X-A: 1";headers=X-B: 2'],
    () => [{ name: "a", contentType: "text/x", fields: { "X-A": "1", "X-B": "2" }, content: "b" }],
  ],
  [
    ["-F", `multi=@${short},${binary}`],
    ([, inner = ""]) => [
      {
        name: "multi",
        content: {
          boundary: inner,
          parts: [
            { filename: "short.txt", contentType: "text/plain", content: "AA" },
            { filename: "binary.bin", contentType: octets, content: readFileSync(binary) },
          ].map((part) => formPart({ ...part, disposition: "attachment" })),
        },
      },
    ],
  ],
  [
    ["-F", "x=(;type=multipart/alternative", "-F", "=one", "-F", "=two;type=text/html", "-F", "=)"],
    ([, inner = ""]) => [
      {
        name: "x",
        contentType: "multipart/alternative",
        content: {
          boundary: inner,
          parts: [formPart({ content: "one" }), formPart({ contentType: "text/html", content: "two" })],
        },
      },
    ],
  ],
  ...["a", "x".repeat(57), "x".repeat(58), "x".repeat(114)].map<Case>((text) => [
    ["-F", `c=${text};encoder=base64`],
    () => [
      {
        name: "c",
        fields: { "Content-Transfer-Encoding": "base64" },
        content: base64Content(text) as Uint8Array,
      },
    ],
  ]),
  [
    ["-F", `c=@${binary};encoder=base64`],
    () => [
      {
        name: "c",
        filename: "binary.bin",
        contentType: octets,
        fields: { "Content-Transfer-Encoding": "base64" },
        content: base64Content(readFileSync(binary)),
      },
    ],
  ],
  ...[lines, binary].map<Case>((path) => [
    ["-F", `c=@${path};encoder=quoted-printable;type=a/b`, "-H", "Expect:"],
    () => [
      {
        name: "c",
        filename: path.slice(folder.length + 1),
        contentType: "a/b",
        fields: { "Content-Transfer-Encoding": "quoted-printable" },
        content: quotedPrintableContent(readFileSync(path)),
      },
    ],
  ]),
];

for (const [options, parts] of CASES) {
  const shown = options.join(" ").replaceAll(`${folder}/`, "").slice(0, 90);
  test(`a form has the bytes that it has with curl ${JSON.stringify(shown)}`, async () => {
    const { head, content } = await sentByCurl(options);
    const boundaries = [...`${head}${content}`.matchAll(/boundary=(\S+)/g)].map(
      ([, boundary = ""]) => boundary,
    );
    const multipart: Multipart = { boundary: boundaries[0] ?? "", parts: parts(boundaries).map(formPart) };
    const body = multipartBody(multipart);
    assert.ok(body instanceof Uint8Array);
    assert.equal(Buffer.from(body).toString("latin1"), content);
  });
}

/** What curl sends, without a chunked coding around it. */
async function sentByCurl(options: readonly string[]): Promise<{ head: string; content: string }> {
  let seen = { head: "", content: "" };
  await using server = await rawServer(async (peer) => {
    const head = await peer.head();
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    let content = "";
    if (length !== undefined) content = await peer.take(Number(length));
    for (let size = -1; length === undefined && size !== 0; ) {
      size = Number.parseInt(await peer.until("\r\n"), 16);
      content += (await peer.take(size + 2)).slice(0, size);
    }
    seen = { head, content };
    peer.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").end();
  });
  await promisify(execFile)(curl, ["-sS", "--max-time", "10", ...options, server.url]);
  return seen;
}
