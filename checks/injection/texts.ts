const codes = [
  ...Array.from({ length: 256 }, (_, code) => code),
  // If only the low byte is sent, these become NUL, HTAB, LF, CR, SP and ":".
  ...[0x100, 0x109, 0x10a, 0x10d, 0x120, 0x13a, 0x560a, 0x560d, 0xff0a, 0xff0d, 0xff1a],
  // Surrogate pairs; other line ends and whitespace; full-width forms that become ASCII when normalised.
  ...[0x0d0a, 0x0a0d, 0x2028, 0x2029, 0x3000, 0xfeff, 0xff20, 0xff0f],
  // Halves of a surrogate pair.
  ...[0xd800, 0xdbff, 0xdc00, 0xdfff, 0xd80a, 0xdc0d],
];
const sequences = [
  "\r\n",
  "\r\n ",
  "\r\nInjected: yes",
  "\n\nGET /injected HTTP/1.1\nHost: injected\n\n",
  "\r\n\r\nGET /injected HTTP/1.1\r\nHost: injected\r\n\r\n",
  " HTTP/1.1\r\nInjected: yes\r\nRest: ",
  "\u{10a0d}",
];

/** Strings that must not reach the wire unnoticed. */
const INTRUDERS: readonly string[] = [...codes.map((code) => String.fromCharCode(code)), ...sequences];

/** Each of them at the start, in the middle and at the end of an innocent text. */
export const TEXTS: readonly string[] = INTRUDERS.flatMap((intruder) => [
  `${intruder}abcd`,
  `ab${intruder}cd`,
  `abcd${intruder}`,
]);
export const INNOCENT = "abcd";
