import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "../../../src/cli/curl/lane.ts";
import type { RequestInput } from "../../../src/http.ts";
import { rawServer } from "../../http/raw-server.ts";

/** What `curl -A x -w '%{size_header} %{num_headers} %{size_request} %{size_download} %{size_upload}'` of curl 8.23 says. */
type Numbers = readonly [
  sizeHeader: number,
  lines: number,
  request: number,
  download: number,
  upload: number,
];

interface Counted {
  readonly answer: string;
  readonly input?: Pick<RequestInput, "method" | "body">;
  /** Lines behind Host, User-Agent and Accept. */
  readonly lines?: string;
  /** The last octets of the request. */
  readonly requestEnd?: string;
  readonly curl: Numbers;
}

const FORM = "Content-Type: application/x-www-form-urlencoded\r\n";

const COUNTED: Record<string, Counted> = {
  "Content-Length": {
    answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    curl: [44, 2, 70, 5, 0],
  },
  "chunks and a trailer": {
    answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n",
    curl: [59, 1, 70, 5, 0],
  },
  "a 100 first": {
    answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    input: { method: "POST", body: Buffer.from("abc") },
    lines: `Content-Length: 3\r\n${FORM}`,
    requestEnd: "abc",
    curl: [69, 2, 142, 5, 3],
  },
  "a folded line": {
    answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\r\n b\r\n\r\nhello",
    curl: [46, 2, 70, 5, 0],
  },
  "an upload in chunks": {
    answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    input: { method: "POST", body: Buffer.from("abc") },
    lines: `Transfer-Encoding: chunked\r\n${FORM}`,
    requestEnd: "0\r\n\r\n",
    curl: [44, 2, 161, 5, 13],
  },
};

for (const [name, { answer, input, lines = "", requestEnd = "\r\n\r\n", curl }] of Object.entries(COUNTED)) {
  test(`the counts are curl's: ${name}`, async () => {
    await using server = await rawServer(async (peer) => {
      await peer.until(requestEnd);
      peer.send(answer).end();
    });
    const { port } = new URL(server.url);
    const lane = new Lane(() => [], true);
    // The numbers of curl are those of a port with five digits.
    const host = `127.0.0.1:${port.padStart(5, "0")}`;
    const fieldText = `Host: ${host}\r\nUser-Agent: x\r\nAccept: */*\r\n${lines}`;
    const response = await lane.client.request({ url: server.url, target: "/a", fieldText, ...input });
    assert.equal((await response.bytes()).length, 5);
    const wire = lane.wire;
    assert.ok(wire);
    wire.finish();
    const { headBytes, headLines, requestBytes, sizeDownload, sizeUpload, numConnects, times } = wire;
    assert.deepEqual([headBytes, headLines, requestBytes, sizeDownload, sizeUpload], curl);
    assert.equal(numConnects, 1);
    const { start, connected, requested, sent, firstByte, end } = times;
    const inOrder = [start, connected, requested, sent, firstByte, end].map((time) => time ?? Number.NaN);
    assert.deepEqual(
      [...inOrder].sort((a, b) => a - b),
      inOrder,
      "the steps come one after the other",
    );
    await lane.client.close();
  });
}
