import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../../src/http/client/client.ts";
import type { RequestInput } from "../../../src/http/client/messages.ts";
import { type Resume, type ResumePolicy, resumedContent } from "../../../src/http/client/retries/resume.ts";
import { rawServer } from "../raw-server.ts";

const CONTENT = "0123456789";
const ETAG = 'ETag: "v1"\r\n';

/** Answers the requests one after the other, each on a connection of its own that ends behind the answer. */
async function downloaded(
  answers: readonly string[],
  input: Partial<RequestInput> = {},
  policy: ResumePolicy = {},
) {
  const asked: string[] = [];
  await using server = await rawServer(async (peer, index) => {
    const head = await peer.head();
    const field = (name: string) => new RegExp(`^${name}: (.*)\r$`, "im").exec(head)?.[1] ?? "-";
    asked.push(`${field("range")} ${field("if-range")}`);
    peer.send(answers[index] ?? "HTTP/1.1 599 Unexpected\r\nContent-Length: 0\r\n\r\n").end();
  });
  await using client = new HttpClient();
  const send = (each: RequestInput) => client.request(each);
  const request = { url: server.url, ...input };
  const response = await send(request);
  let content = "";
  let error: unknown;
  try {
    for await (const bytes of resumedContent(response, request, send, { minDelayMs: 1, ...policy })) {
      content += Buffer.from(bytes).toString();
    }
  } catch (caught) {
    error = caught;
  }
  return { content, asked, error: error as Error & { code?: string; cause?: Error & { code?: string } } };
}

const whole = (fields: string, sent = 4) =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: 10\r\n\r\n${CONTENT.slice(0, sent)}`;
const part = (from: number, to: number, fields = ETAG, range = `bytes ${from}-9/10`) =>
  `HTTP/1.1 206 Partial Content\r\n${fields}Content-Range: ${range}\r\nContent-Length: ${10 - from}\r\n\r\n${CONTENT.slice(from, to)}`;

test("a content that breaks off is continued where it broke, however often, as long as bytes come", async () => {
  const { content, asked, error } = await downloaded(
    [whole(ETAG), part(4, 5), part(5, 8), part(8, 9), part(9, 10)],
    {},
    { maxResumes: 1 },
  );
  assert.equal(error, undefined);
  assert.equal(content, CONTENT);
  assert.deepEqual(asked, ["- -", 'bytes=4- "v1"', 'bytes=5- "v1"', 'bytes=8- "v1"', 'bytes=9- "v1"']);
});

test("a content that comes whole is not asked for again", async () => {
  assert.deepEqual(await downloaded([whole(ETAG, 10)]), {
    content: CONTENT,
    asked: ["- -"],
    error: undefined,
  });
});

test("a content without a length is continued until its last chunk", async () => {
  const chunked = `HTTP/1.1 200 OK\r\n${ETAG}Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n`;
  const { content, asked } = await downloaded([chunked, part(4, 10)]);
  assert.deepEqual([content, asked[1]], [CONTENT, 'bytes=4- "v1"']);
});

test("a caller's own range is continued up to its end", async () => {
  const first = part(2, 4, ETAG, "bytes 2-7/10").replace("Length: 8", "Length: 6");
  const rest = part(4, 8, ETAG, "bytes 4-7/10").replace("Length: 6", "Length: 4");
  const { content, asked } = await downloaded([first, rest], { fields: { Range: "bytes=2-7" } });
  assert.deepEqual([content, asked], ["234567", ["bytes=2-7 -", 'bytes=4-7 "v1"']]);
});

const MODIFIED = "Last-Modified: Sat, 28 Nov 2026 10:00:00 GMT\r\nDate: Sat, 28 Nov 2026 12:00:00 GMT\r\n";

test("without an ETag, a Last-Modified that is old enough is the validator", async () => {
  const { content, asked } = await downloaded([whole(MODIFIED), part(4, 10, "")]);
  assert.deepEqual([content, asked[1]], [CONTENT, "bytes=4- Sat, 28 Nov 2026 10:00:00 GMT"]);
});

const NOT_CONTINUED: [why: string, fields: string, input?: Partial<RequestInput>][] = [
  ["no validator", ""],
  ["a weak ETag", 'ETag: W/"v1"\r\n'],
  ["a weak ETag beside a Last-Modified", `ETag: W/"v1"\r\n${MODIFIED}`],
  ["a Last-Modified of the last minute", MODIFIED.replace("12:00:00", "10:00:59")],
  ["a Last-Modified without a Date", MODIFIED.replace(/Date.*\r\n/, "")],
  ["a content that is decoded", ETAG, { decode: true }],
  ["another method", ETAG, { method: "POST" }],
];

for (const [why, fields, input] of NOT_CONTINUED) {
  test(`a content with ${why} is not continued`, async () => {
    const { content, asked, error } = await downloaded([whole(fields), part(4, 10)], input);
    assert.deepEqual([content, asked.length, error.code], ["0123", 1, "BODY_TRUNCATED"]);
  });
}

const NOT_THE_REST: [what: string, answer: string, reason: RegExp][] = [
  [
    "the whole of another version",
    whole('ETag: "v2"\r\n', 10),
    /has changed, or the server sends it only as a whole/,
  ],
  ["a part with another ETag", part(4, 10, 'ETag: "v2"\r\n'), /its etag is another one, "\\?"v2/],
  ["a part without an ETag", part(4, 10, ""), /its etag is gone/],
  [
    "a part in another coding",
    part(4, 10, `${ETAG}Content-Encoding: gzip\r\n`),
    /its content-encoding is another/,
  ],
  ["a part that begins elsewhere", part(5, 10), /from byte 5 on/],
  ["a part of a longer content", part(4, 10, ETAG, "bytes 4-9/11"), /had 10 bytes, and has 11 now/],
  ["a part with an impossible range", part(4, 10, ETAG, "bytes 4-10/10"), /no Content-Range/],
  ["a part without a range", part(4, 10).replace(/Content-Range.*\r\n/, ""), /no Content-Range/],
  ["several parts", part(4, 10, ETAG, "x"), /no Content-Range/],
  [
    "a part that is longer than its range",
    `${part(4, 10).replace("Length: 6", "Length: 7")}x`,
    /more bytes than it said/,
  ],
  ["416", "HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n", /answers 416/],
  ["404", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", /answers 404/],
];

for (const [what, answer, reason] of NOT_THE_REST) {
  test(`${what} is not joined with what came before`, async () => {
    const { content, error } = await downloaded([whole(ETAG), answer]);
    assert.match(error.message, reason);
    assert.equal(error.code, "BODY_TRUNCATED");
    assert.ok(content === "0123" || what.includes("longer than its range"));
    assert.ok(content.length <= 10);
  });
}

test("a server that is busy is asked again, and the error that broke the content is told in the end", async () => {
  const busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
  const seen: Resume[] = [];
  const onResume = (resume: Resume) => void seen.push(resume);
  const won = await downloaded([whole(ETAG), busy, busy, part(4, 10)], {}, { onResume });
  assert.equal(won.content, CONTENT);
  assert.deepEqual(
    seen.map(({ offset, total }) => [offset, total]),
    [
      [4, 10],
      [4, 10],
      [4, 10],
    ],
  );
  const lost = await downloaded([whole(ETAG), busy, busy, busy], {}, { maxResumes: 2 });
  assert.deepEqual([lost.error.code, lost.asked.length], ["BODY_TRUNCATED", 3]);
});

test("a reader that leaves ends the download", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.head();
    peer.send(`HTTP/1.1 200 OK\r\n${ETAG}Content-Length: 10000000\r\n\r\n0123`);
  });
  await using client = new HttpClient();
  const send = (each: RequestInput) => client.request(each);
  for await (const bytes of resumedContent(await send({ url: server.url }), { url: server.url }, send)) {
    assert.equal(Buffer.from(bytes).toString(), "0123");
    break;
  }
  await server.peers[0]?.closed();
});
