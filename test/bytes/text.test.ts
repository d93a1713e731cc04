import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1, latin1Bytes, printable, quote, utf8, utf8Bytes } from "../../src/bytes/text.ts";

const ALL = Uint8Array.from({ length: 256 }, (_, octet) => octet);

describe("latin1", () => {
  test("every octet is a character and comes back, those of windows-1252 as well", () => {
    const text = latin1(ALL);
    assert.equal(text.length, 256);
    for (let octet = 0; octet < 256; octet++) assert.equal(text.charCodeAt(octet), octet);
    assert.deepEqual(latin1Bytes(text), ALL);
  });

  test("a part of the bytes is a part of the text, however long", () => {
    assert.equal(latin1(latin1Bytes("hello"), 1, 4), "ell");
    const long = "0123456789".repeat(3000);
    assert.equal(latin1(latin1Bytes(long), 5), long.slice(5));
  });
});

describe("utf8", () => {
  test("text comes back, a byte order mark too, and malformed sequences are replaced", () => {
    for (const text of ["grün \u{1f600}", "\ufeffa", ""]) assert.equal(utf8(utf8Bytes(text)), text);
    assert.equal(utf8(Uint8Array.of(0x61, 0xff, 0x62)), "a\ufffdb");
  });
});

describe("quote", () => {
  test("nothing but printable ASCII comes out", () => {
    assert.match(quote(ALL, 256), /^"[\x20-\x7e]*"$/);
    assert.equal(quote('a"\\\r\n\t\x00\x1b\x7f\xe9'), '"a\\"\\\\\\r\\n\\t\\x00\\x1b\\x7f\\xe9"');
    assert.equal(quote("\u2028"), '"\\u{2028}"');
  });

  test("long input is cut, and says so", () => {
    assert.equal(quote("abcdef", 3), '"abc"…');
    assert.equal(quote(latin1Bytes("abcdef"), 3), '"abc"…');
    assert.equal(quote("abc", 3), '"abc"');
  });
});

describe("printable", () => {
  test("controls and marks that change the writing direction become visible, letters stay", () => {
    assert.equal(printable("grün\x1b[31m\u202e\x9b\n"), "grün\\x1b[31m\\u{202e}\\x9b\\n");
  });

  test("whatever Unicode calls a control, a line end or a mark of direction becomes plain ASCII", () => {
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCharCode(code);
      if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character))
        assert.match(printable(character), /^\\[ -~]+$/, code.toString(16));
      else if (/\p{L}/u.test(character)) assert.equal(printable(character), character);
    }
  });
});
