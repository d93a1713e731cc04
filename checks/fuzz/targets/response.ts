import { latin1Bytes } from "../../../src/bytes/text.ts";
import { Http1Connection } from "../../../src/http1/connection.ts";
import { ProtocolError, type ProtocolErrorCode } from "../../../src/http1/errors.ts";
import type { RequestHead } from "../../../src/http1/events.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { hold, type Target } from "../target.ts";
import { type Message, messageText, Reading, type ReadingOptions, readTwice } from "./reading.ts";

const SMALL = { maxStartLineBytes: 20, maxHeadBytes: 50, maxFieldLines: 2, maxInformational: 1 };

const HOST = ["Host", "a"];
const ASKED: readonly RequestHead[] = [
  { type: "request", method: "GET", target: "/", version: "1.1", fields: new Fields(HOST) },
  { type: "request", method: "HEAD", target: "/", version: "1.1", fields: new Fields(HOST) },
  { type: "request", method: "CONNECT", target: "a:1", version: "1.1", fields: new Fields(["Host", "a:1"]) },
  {
    type: "request",
    method: "GET",
    target: "/",
    version: "1.1",
    fields: new Fields([...HOST, "Connection", "upgrade", "Upgrade", "x"]),
  },
];

/** We may receive but not send these: a coding that cannot frame content, and what a leniency accepts. */
const NOT_SENT: readonly ProtocolErrorCode[] = ["TRANSFER_CODING_NOT_ALLOWED", "DUPLICATE_CONTENT_LENGTH"];

/** With these options heads are forgiven that we never send. */
const CANNOT_BE_SENT = 64 | 128;

/** Three octets of options, then the bytes that a server sends. */
export const response: Target = {
  name: "response",
  weight: 6,
  maxBytes: 1024,
  seeds: [
    "\x06\x05\x00HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "\x06\x05\x02HTTP/1.1 200 OK\r\n\r\ntunnel",
    "\x06\x05\x03HTTP/1.1 101 OK\r\nUpgrade: x\r\n\r\ntunnel",
    "\x07\x05\x1cHTTP/1.0 200\nContent-Length: 1, 1\nA: b\n c\n\nxHTTP/1.0 200 OK\n\n",
    "\x0f\x05\x00HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx",
  ],
  fuzz(data) {
    if (data.length < 3) return;
    const [options, cut, kind] = data as unknown as [number, number, number];
    const asked = ASKED[kind & 3] as RequestHead;
    const reading: ReadingOptions = {
      role: "client",
      asked,
      closes: (options & 1) !== 0,
      observed: (options & 2) !== 0,
      limits: (options & 8) !== 0 ? SMALL : {},
      leniency: {
        bareLf: (kind & 4) !== 0,
        equalContentLengths: (kind & 8) !== 0,
        obsFold: (kind & 16) !== 0,
        forbiddenTrailers: (kind & 32) !== 0,
        anyFieldName: (kind & 64) !== 0,
        controlOctets: (kind & 64) !== 0,
        looseStatusLine: (kind & 64) !== 0,
        idleCodings: (kind & 128) !== 0,
        otherCodings: (kind & 128) !== 0,
        codingWins: (kind & 128) !== 0,
        anyChunkExt: (kind & 128) !== 0,
      },
    };
    const bytes = data.subarray(3);
    if ((options & 4) === 0) readTwice(bytes, [cut, cut >> 3], reading);
    else
      for (const message of new Reading(reading).read(bytes).messages)
        if (message.complete && (kind & CANNOT_BE_SENT) === 0) sendAgain(message, asked);
  },
};

/** A message that was read is either refused by `send`, or sent and then read as the same message. */
function sendAgain({ head, content, trailers, complete }: Message, asked: RequestHead): void {
  const server = new Http1Connection({ role: "server" });
  const client = new Http1Connection({ role: "client" });
  server.receive(client.send(asked));
  server.nextEvent();
  server.nextEvent();
  const bytes: Uint8Array[] = [];
  try {
    bytes.push(server.send(head));
    if (content !== "") bytes.push(server.send({ type: "data", bytes: latin1Bytes(content) }));
    bytes.push(server.send({ type: "end", trailers }));
  } catch (error) {
    if (error instanceof ProtocolError && NOT_SENT.includes(error.code)) return;
    throw error;
  }
  const again = new Reading({ role: "client", asked, closes: !server.persistent, observed: false }).read(
    ...bytes,
  );
  const text = messageText({ head, content, trailers, complete });
  const read = again.messages[0];
  hold(read !== undefined, () => `what was sent again is a message, not ${again}`);
  hold(messageText(read) === text, () => `sent again it reads ${again}, not ${text}`);
}
