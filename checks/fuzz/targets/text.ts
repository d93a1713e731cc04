import { latin1, printable, quote, utf8 } from "../../../src/bytes/text.ts";
import { TerminalText } from "../../../src/cli/terminal-text.ts";
import { hold, type Target } from "../target.ts";
import { inThree } from "./reading.ts";

/** Bytes for a terminal. The first two octets say where to cut. */
export const text: Target = {
  name: "text",
  weight: 0.3,
  maxBytes: 256,
  seeds: [
    "\x02\x02a\r\nb\tc\r",
    "\x01\x01\x1b[2J\x1b]0;x\x07",
    "\x03\x01\xe2\x80\xae\xc2\x9b\xef\xbb\xbf",
    "\x01\x01a\xe2\\\xef\xbb\xbf",
    '\0\0"\\\xff',
  ],
  fuzz(data) {
    const [a = 0, b = 0] = data;
    const bytes = data.subarray(2);
    const shown = printable(utf8(bytes));
    hold(!UNSAFE.test(shown), () => `printable: ${JSON.stringify(shown)}`);
    hold(printable(shown) === shown, () => "what is safe stays as it is");
    checkQuote(bytes);
    const whole = onTerminal([bytes]);
    hold(!UNSAFE.test(whole.replace(/[\n\t]/g, "")), () => `safe on a terminal: ${JSON.stringify(whole)}`);
    const cut = onTerminal(inThree(bytes, a, b));
    hold(cut === whole, () => `cut at ${a}, ${b}: ${JSON.stringify(cut)}, not ${JSON.stringify(whole)}`);
  },
};

const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

function onTerminal(pieces: readonly Uint8Array[]): string {
  const terminal = new TerminalText(printable);
  return pieces.map((piece) => terminal.push(piece)).join("") + terminal.end();
}

/** Replacing the escapes must give the octets again. */
function checkQuote(bytes: Uint8Array): void {
  const quoted = quote(bytes, bytes.length);
  hold(/^"[ -~]*"$/.test(quoted), () => `quoted: ${JSON.stringify(quoted)}`);
  const escapes: Record<string, string> = { "\\r": "\r", "\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\" };
  const octets = quoted
    .slice(1, -1)
    .replace(/\\x([0-9a-f]{2})|\\./g, (mark, hex) =>
      hex === undefined ? (escapes[mark] as string) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  hold(octets === latin1(bytes), () => `${quoted} can be undone`);
}
