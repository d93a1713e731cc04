import { joined } from "../../../src/bytes/copy.ts";
import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import { hold, type Target } from "../target.ts";
import { readTwice } from "./reading.ts";

const HEAD = latin1Bytes("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");

/** The first octet says where to cut; a chunked body follows. */
export const chunked: Target = {
  name: "chunked",
  weight: 2,
  maxBytes: 512,
  seeds: [
    "\x050\r\n\r\n",
    "\x055\r\nhello\r\n0\r\n\r\n",
    '\x051 ; a = "b\\"c" ;d\r\nx\r\n00\r\nT: 1\r\n\r\n',
    "\x05A\r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n",
  ],
  fuzz(data) {
    const [cut = 0] = data;
    const body = data.subarray(1);
    const reading = readTwice(joined([HEAD, body]), [HEAD.length + cut, cut >> 2], {
      role: "server",
      closes: false,
      observed: false,
    });
    const [message] = reading.messages;
    if (message?.complete !== true) return;
    const expected = decoded(latin1(body));
    hold(message.content === expected, () => `the content is ${expected}, not ${message.content}`);
  },
};

const CHUNK = /([0-9A-Fa-f]+)((?:[ \t]*;[^\r\n]*)?)\r\n/y;

/** Decodes a complete body in the simplest way (RFC 9112 §7.1.3); `undefined` for anything else. */
function decoded(body: string): string | undefined {
  let content = "";
  let at = 0;
  for (;;) {
    CHUNK.lastIndex = at;
    const match = CHUNK.exec(body);
    if (match === null) return undefined;
    const size = Number.parseInt(match[1] as string, 16);
    at = CHUNK.lastIndex + size;
    if (size === 0) return content;
    content += body.slice(CHUNK.lastIndex, at);
    if (body.slice(at, at + 2) !== "\r\n") return undefined;
    at += 2;
  }
}
