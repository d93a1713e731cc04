import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { marksOf, movedCuts, piecesOf, problemsOf, withCut } from "../../src/lab/model/composed.ts";
import { EXAMPLES } from "../../src/lab/model/examples.ts";
import { textOf, typed } from "../../src/lab/model/typed.ts";
import { explainTree } from "../../src/trace/tree.ts";

const bytesOf = (text: string) => Buffer.from(typed(text).bytes).toString("latin1");
const octets = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

test("Enter is CRLF, and escapes are single octets", () => {
  assert.equal(bytesOf("GET / HTTP/1.1\n\n"), "GET / HTTP/1.1\r\n\r\n");
  assert.equal(bytesOf("a\\nb\\rc\\td"), "a\nb\rc\td");
  assert.equal(bytesOf("\\x00\\xfF\\\\x41"), "\x00\xff\\x41");
});

test("a backslash before any other character stands for itself", () => {
  assert.equal(bytesOf("\\q \\x4 \\"), "\\q \\x4 \\");
});

test("other characters are UTF-8", () => {
  assert.deepEqual([...typed("é€😀").bytes], [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]);
});

test("every octet string has a text that stands for it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      assert.deepEqual([...typed(textOf(bytes)).bytes], [...bytes]);
    }),
  );
});

test("every text with text in many scripts comes back through its bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      const { bytes } = typed(text);
      assert.deepEqual([...typed(textOf(bytes)).bytes], [...bytes]);
    }),
  );
});

test("the units of a text cover its characters and its bytes without a gap", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const { bytes, units } = typed(text);
      let [index, offset] = [0, 0];
      for (const { from, to, start, end } of units) {
        assert.deepEqual([from, start], [index, offset]);
        [index, offset] = [to, end];
      }
      assert.deepEqual([index, offset], [text.length, bytes.length]);
    }),
  );
});

test("what a terminal would obey is escaped", () => {
  assert.equal(textOf(octets("\x1b[2J\x9b")), "\\x1b[2J\\x9b");
  // U+202E turns the text that follows around (bidi).
  assert.equal(textOf(Uint8Array.of(0xe2, 0x80, 0xae)), "\\xe2\\x80\\xae");
});

test("pieces are the bytes between the cuts, each with its wait", () => {
  const cuts = withCut(withCut([], 3, 200), 1);
  assert.deepEqual(
    piecesOf(octets("hello"), cuts).map(({ bytes, waitMs }) => [Buffer.from(bytes).toString(), waitMs]),
    [
      ["h", 0],
      ["el", 0],
      ["lo", 200],
    ],
  );
});

test("a second cut at the same place takes the cut away", () => {
  assert.deepEqual(withCut(withCut([], 3, 200), 3), []);
});

test("pieces put together are the message, wherever it is cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.uniqueArray(fc.nat(40)), (bytes, places) => {
      const cuts = places.reduce((cuts, at) => withCut(cuts, at), [] as ReturnType<typeof withCut>);
      const joined = piecesOf(bytes, cuts).flatMap((piece) => [...piece.bytes]);
      assert.deepEqual(joined, [...bytes]);
    }),
  );
});

test("a cut stays between its two bytes when text is typed before or behind it", () => {
  const cut = [{ at: 3, waitMs: 50 }];
  assert.deepEqual(movedCuts(cut, octets("abcdef"), octets("XYabcdef")), [{ at: 5, waitMs: 50 }]);
  assert.deepEqual(movedCuts(cut, octets("abcdef"), octets("abcdefXY")), cut);
  assert.deepEqual(movedCuts(cut, octets("abcdef"), octets("af")), []);
});

test("the bytes of a broken rule are marked, and no others", () => {
  const text = "GET / HTTP/1.1\nHost : a\n\n";
  const { bytes } = typed(text);
  const { nodes } = explainTree(bytes, { message: "request", reveal: true });
  const wrong = marksOf(bytes.length, nodes).flatMap(({ isWrong }, i) => (isWrong ? [i] : []));
  const line = Buffer.from(bytes).indexOf("Host");
  assert.ok(wrong.length > 0);
  assert.ok(
    wrong.every((i) => i >= line),
    `marked: ${wrong}`,
  );
});

test("the examples that are not called ambiguous or wrong break no rule", () => {
  const usual = EXAMPLES.filter(({ name }) => /^(GET|POST|two requests|wait)/.test(name));
  assert.equal(usual.length, 5);
  for (const { text } of usual) {
    const { nodes } = explainTree(typed(text.replaceAll("{host}", "a:1")).bytes, { message: "request" });
    assert.deepEqual(problemsOf(nodes), []);
  }
});

test("the examples that break a rule say which", () => {
  const codes = EXAMPLES.filter(
    ({ kind, name }) => kind === "request" && /:|LF|space|no Host/.test(name),
  ).map(({ text }) => {
    const { bytes } = typed(text.replaceAll("{host}", "a:1"));
    return problemsOf(explainTree(bytes, { message: "request" }).nodes).length > 0;
  });
  assert.deepEqual(codes, [true, true, true, true, true]);
});
