import assert from "node:assert/strict";
import { test } from "node:test";
import { looksBinary, TerminalText } from "../../src/cli/terminal-text.ts";
import { printable } from "../../src/trace.ts";

/** The text as shown, in one piece and byte by byte; both must be equal. */
function shown(bytes: Uint8Array): string {
  const whole = new TerminalText(printable);
  const bytewise = new TerminalText(printable);
  const expected = whole.push(bytes) + whole.end();
  let text = "";
  for (const byte of bytes) text += bytewise.push(Uint8Array.of(byte));
  assert.equal(text + bytewise.end(), expected);
  return expected;
}

test("text, tabs and line ends of both kinds are shown as they are meant", () => {
  assert.equal(shown(Buffer.from("Grüße\t€\r\nzweite\n")), "Grüße\t€\nzweite\n");
});

test("no control sequence of the peer gets through", () => {
  const text = shown(Buffer.from("\x1b[2J\x1b]0;title\x07 \x9b31m a\rb \u202Eevil \x7f"));
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  assert.match(text, /\\x1b\[2J/);
  assert.match(text, /a\\rb/);
});

test("a CR at the very end is shown, too", () => {
  assert.equal(shown(Buffer.from("a\r")), "a\\r");
});

test("bytes that are not UTF-8 are shown as replacement characters", () => {
  assert.equal(shown(Uint8Array.of(0x61, 0xff, 0x62)), "a\ufffdb");
});

test("a byte order mark is shown wherever it is, and however the bytes are cut", () => {
  assert.equal(shown(Buffer.from("\ufeffa\ufeff")), "\\u{feff}a\\u{feff}");
  assert.equal(shown(Uint8Array.of(0x61, 0xe2, 0x5c, 0xef, 0xbb, 0xbf)), "a\ufffd\\\\u{feff}");
});

test("content is binary if it has a NUL", () => {
  assert.ok(looksBinary(Uint8Array.of(1, 0)));
  assert.ok(!looksBinary(Buffer.from("text\x1b")));
});
