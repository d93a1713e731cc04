import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOfHex, isSurelyHex } from "../../src/cli/hex.ts";
import { runCli } from "../support/cli.ts";

const MESSAGE = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n ";

/** What programs print for MESSAGE: od of coreutils 9.1, hexdump of util-linux 2.38.1, xxd of vim 9.0, openssl 3.0. */
const PRINTED: Readonly<Record<string, string>> = {
  "od -tx1": `0000000 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a
0000020 48 6f 73 74 3a 20 61 0d 0a 58 3a 20 79 0d 0a 0d
0000040 0a 20
0000042
`,
  "od -An -tx1": ` 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a
 48 6f 73 74 3a 20 61 0d 0a 58 3a 20 79 0d 0a 0d
 0a 20
`,
  "od -Ax -tx1z": `000000 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  >GET / HTTP/1.1..<
000010 48 6f 73 74 3a 20 61 0d 0a 58 3a 20 79 0d 0a 0d  >Host: a..X: y...<
000020 0a 20                                            >. <
000022
`,
  "od -x": `0000000 4547 2054 202f 5448 5054 312f 312e 0a0d
0000020 6f48 7473 203a 0d61 580a 203a 0d79 0d0a
0000040 200a
0000042
`,
  hexdump: `0000000 4547 2054 202f 5448 5054 312f 312e 0a0d
0000010 6f48 7473 203a 0d61 580a 203a 0d79 0d0a
0000020 200a                                   
0000022
`,
  "hexdump -C": `00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|
00000010  48 6f 73 74 3a 20 61 0d  0a 58 3a 20 79 0d 0a 0d  |Host: a..X: y...|
00000020  0a 20                                             |. |
00000022
`,
  xxd: `00000000: 4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET / HTTP/1.1..
00000010: 486f 7374 3a20 610d 0a58 3a20 790d 0a0d  Host: a..X: y...
00000020: 0a20                                     . 
`,
  "xxd -i": `unsigned char m[] = {
  0x47, 0x45, 0x54, 0x20, 0x2f, 0x20, 0x48, 0x54, 0x54, 0x50, 0x2f, 0x31,
  0x2e, 0x31, 0x0d, 0x0a, 0x48, 0x6f, 0x73, 0x74, 0x3a, 0x20, 0x61, 0x0d,
  0x0a, 0x58, 0x3a, 0x20, 0x79, 0x0d, 0x0a, 0x0d, 0x0a, 0x20
};
unsigned int m_len = 34;
`,
  "openssl x509 -text": `        47:45:54:20:2f:20:48:54:54:50:2f:31:2e:31:0d:0a:
        48:6f:73:74:3a:20:61:0d:0a:58:3a:20:79:0d:0a:0d:
        0a:20
`,
};

for (const [program, printed] of Object.entries(PRINTED)) {
  test(`what ${program} prints is read as hex, without --hex`, () => {
    assert.equal(isSurelyHex(printed), true);
    assert.equal(bytesOfHex(printed)?.toString("latin1"), MESSAGE);
  });
}

test("octets that are marked are hex without a doubt, however they are written", () => {
  for (const text of [
    "47:45:54",
    "47:45:54:",
    "0x47 0x45 0x54",
    "0x47, 0x45, 0x54,\n",
    "\\x47\\x45\\x54",
    '"\\x47\\x45\\x54"',
  ]) {
    assert.equal(isSurelyHex(text), true, text);
    assert.equal(bytesOfHex(text)?.toString("latin1"), "GET", text);
  }
});

test("words that happen to be hexadecimal are hex only on request", () => {
  for (const text of ["face: b00c", "dead beef", "deadbeef: cafe", "0x47"])
    assert.equal(isSurelyHex(text), false, text);
  assert.equal(bytesOfHex("face: b00c")?.toString("hex"), "faceb00c");
});

test("hexdump fills up the last number: its last offset says how long the input was", () => {
  assert.equal(bytesOfHex("0000000 4547 0054\n0000003\n")?.toString("latin1"), "GET");
});

test("a line that repeats is counted by the offset behind it, in octal for od", () => {
  const zeros = " 00".repeat(16);
  assert.equal(bytesOfHex(`0000000${zeros}\n*\n0000100\n`)?.length, 64);
  assert.equal(bytesOfHex(`000000${zeros}\n*\n000040\n`)?.length, 64);
});

test("dumps of bits and octal numbers are refused in words", async () => {
  for (const [input, words] of [
    [
      "00000000: 01000111 01000101 01010100 00100000 00101111 00100000  GET / \n",
      /what xxd -b prints: leave -b out/,
    ],
    ["0000000 042507 020124 020057 052110\n0000010\n", /the octal numbers of od: od -tx1 prints hex/],
  ] as const) {
    const { code, stdout, stderr } = await runCli(["explain"], { input });
    assert.deepEqual([code, stdout.length], [26, 0]);
    assert.match(stderr, words);
    assert.match(stderr, /^wirepane: \(26\) [^\n]+\n$/);
  }
});
