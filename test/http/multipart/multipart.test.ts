import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpClient } from "../../../src/http/client/client.ts";
import { formBoundary, formPart, multipartType } from "../../../src/http/client/multipart/form-part.ts";
import {
  type Multipart,
  type MultipartPart,
  multipartBody,
} from "../../../src/http/client/multipart/multipart.ts";
import {
  base64Content,
  quotedPrintableContent,
} from "../../../src/http/client/multipart/transfer-encoding.ts";
import type { ContentSource } from "../../../src/http/client/request-content.ts";
import { rawServer } from "../raw-server.ts";

const form = (...parts: MultipartPart[]): Multipart => ({ boundary: "AaB03x", parts });
const stream = (pieces: string[], length?: number): MultipartPart => ({
  content: {
    async *open() {
      for (const piece of pieces) yield Buffer.from(piece);
    },
    length,
  },
});

async function text(body: Uint8Array | ContentSource): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const pieces: Uint8Array[] = [];
  for await (const piece of body.open()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test("a form is what the platform's own FormData reads", async () => {
  const boundary = formBoundary(new Uint8Array(22));
  const multipart: Multipart = {
    boundary,
    parts: [
      formPart({ name: 'é"\r\n\\', content: "value\r\n--not the boundary" }),
      formPart({ name: "f", filename: 'ü".bin', contentType: "a/b", content: Uint8Array.of(0, 255, 13, 10) }),
    ],
  };
  const body = multipartBody(multipart) as Uint8Array<ArrayBuffer>;
  const data = await new Response(body, { headers: { "content-type": multipartType(multipart) } }).formData();
  const [[name, value] = [], [, file] = []] = [...data];
  assert.deepEqual([name, value], ['é"\r\n\\', "value\r\n--not the boundary"]);
  assert.ok(file instanceof File);
  assert.deepEqual([file.name, file.type], ['ü".bin', "a/b"]);
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), Uint8Array.of(0, 255, 13, 10));
});

test("field lines as text stand as they are behind the others, or are refused", async () => {
  const part = formPart({ name: "a", fieldText: "X:1\r\ny:  é \r\n", content: "b" });
  assert.equal(
    await text(multipartBody(form(part))),
    '--AaB03x\r\nContent-Disposition: form-data; name="a"\r\nX:1\r\ny:  é \r\n\r\nb\r\n--AaB03x--\r\n',
  );
  for (const fieldText of [
    "X: 1",
    "X: 1\nY: 2\r\n",
    "\r\n",
    "X: 1\r\n\r\n",
    "no colon here\r\n",
    "X: \0\r\n",
  ])
    assert.throws(() => multipartBody(form({ fieldText, content: "" })), { blame: "local" });
});

test("a stream is sent between the parts that are in memory, and can be sent again", async () => {
  const multipart = form({ content: "a" }, stream(["b1", "b2"], 4), { content: "c" });
  const body = multipartBody(multipart);
  const expected = "--AaB03x\r\n\r\na\r\n--AaB03x\r\n\r\nb1b2\r\n--AaB03x\r\n\r\nc\r\n--AaB03x--\r\n";
  assert.equal(await text(body), expected);
  assert.equal(await text(body), expected);
  assert.equal(body.length, expected.length);
});

test("without the length of every stream, a form has no length", () => {
  assert.equal(multipartBody(form(stream([], 0), stream([]))).length, undefined);
});

test("a form without parts is its closing boundary", async () => {
  assert.equal(await text(multipartBody(form())), "--AaB03x--\r\n");
});

for (const pieces of [["abc"], ["ab", "cde"], []]) {
  test(`a part that says 4 bytes and has ${pieces.join("").length} is an error`, async () => {
    await assert.rejects(text(multipartBody(form(stream(pieces, 4)))), { code: "BODY_MISMATCH" });
  });
}

test("a stream is opened when its turn comes, and closed when nobody wants the rest", async () => {
  const events: string[] = [];
  const opened = (name: string): MultipartPart => ({
    content: {
      async *open() {
        events.push(`open ${name}`);
        try {
          yield Buffer.from(name);
          yield Buffer.from(name);
        } finally {
          events.push(`close ${name}`);
        }
      },
    },
  });
  let seen = "";
  const body = multipartBody(form(opened("a"), opened("b")));
  assert.ok(!(body instanceof Uint8Array));
  for await (const bytes of body.open()) {
    seen += Buffer.from(bytes).toString();
    if (seen.endsWith("b")) break;
  }
  assert.deepEqual(events, ["open a", "close a", "open b", "close b"]);
});

const INJECTIONS = ["\r", "\n", "\r\nX: y", "\0", "\x7f", "\x1b"];

for (const octets of INJECTIONS) {
  test(`${JSON.stringify(octets)} in a field line of a part is refused`, () => {
    const code = "INVALID_FIELD_VALUE";
    for (const part of [
      { fields: { "X-A": `a${octets}b` }, content: "" },
      formPart({ name: "a", contentType: `a/b${octets}`, content: "" }),
      formPart({ name: `a${octets}`, content: "", escape: "backslash" }),
      formPart({ name: "a", filename: `a${octets}`, content: "", escape: "backslash" }),
    ]) {
      assert.throws(() => multipartBody(form(part)), { code });
    }
    assert.throws(() => multipartBody(form({ fields: { [`X${octets}`]: "a" }, content: "" })), {
      code: "INVALID_FIELD_NAME",
    });
    assert.throws(() => multipartBody({ boundary: `a${octets}b`, parts: [] }), { code });
  });
}

for (const boundary of ["", " ", "a ", "é", "x".repeat(71), 'a"b', "a;b"]) {
  test(`${JSON.stringify(boundary)} is no boundary`, () => {
    assert.throws(() => multipartBody({ boundary, parts: [] }), { code: "INVALID_FIELD_VALUE" });
  });
}

test("a boundary with characters that a token cannot have is quoted", () => {
  assert.equal(multipartType({ boundary: "a b", parts: [] }), 'multipart/form-data; boundary="a b"');
  assert.equal(multipartType(form(), "multipart/mixed"), "multipart/mixed; boundary=AaB03x");
});

test("a boundary takes each of its characters from a random byte", () => {
  assert.equal(
    formBoundary(Uint8Array.from({ length: 22 }, (_, i) => i)),
    "------------------------0123456789ABCDEFGHIJKL",
  );
});

for (const encode of [base64Content, quotedPrintableContent]) {
  test(`${encode.name} of a stream is that of its bytes, however they are cut`, async () => {
    const bytes = Buffer.from(
      `${"a =\t\r\n".repeat(40)}\xff \r${"x".repeat(80)} \r\n${"y".repeat(76)}\r\n \t`,
      "latin1",
    );
    const whole = Buffer.from(encode(bytes) as Uint8Array).toString();
    for (let size = 1; size < bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const source = {
        async *open() {
          yield* pieces;
        },
        length: bytes.length,
      };
      const content = encode(source);
      assert.ok(!(content instanceof Uint8Array));
      const got = await text(content);
      assert.equal(got, whole, `in pieces of ${size}`);
      if (encode === base64Content) assert.equal(content.length, whole.length);
    }
  });
}

test("a client sends a form with a file of known length with Content-Length", async () => {
  await using server = await rawServer(async (peer) => {
    const head = await peer.head();
    const content = await peer.take(Number(/content-length: (\d+)/i.exec(head)?.[1]));
    peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`);
  });
  await using client = new HttpClient();
  const multipart = form(formPart({ name: "f", filename: "x", ...stream(["ab", "cd"], 4) }));
  const response = await client.request({
    url: server.url,
    method: "POST",
    body: multipartBody(multipart),
    fields: { "Content-Type": multipartType(multipart) },
  });
  assert.equal(
    await response.text(),
    '--AaB03x\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nabcd\r\n--AaB03x--\r\n',
  );
});
