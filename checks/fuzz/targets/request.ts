import { latin1Bytes } from "../../../src/bytes/text.ts";
import { Http1Connection } from "../../../src/http1/connection.ts";
import { hold, type Target } from "../target.ts";
import { type Message, messageText, Reading, type ReadingOptions, readTwice } from "./reading.ts";

const SMALL = {
  maxStartLineBytes: 20,
  maxHeadBytes: 60,
  maxFieldLines: 3,
  maxChunkExtBytes: 4,
  maxMessageChunkExtBytes: 8,
  maxChunkSizeDigits: 3,
  maxChunkOverheadBytes: 20,
  maxTrailerBytes: 20,
  maxTrailerFieldLines: 1,
  maxEmptyLines: 0,
};

/** Two octets of options, then the bytes that a client sends. */
export const request: Target = {
  name: "request",
  weight: 6,
  maxBytes: 1024,
  seeds: [
    "\x04\x05GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\x0a\x11GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\x04\x30POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\nT: 1\r\n\r\n",
  ],
  fuzz(data) {
    if (data.length < 2) return;
    const [options, cut] = data as unknown as [number, number];
    const reading: ReadingOptions = {
      role: "server",
      closes: (options & 1) !== 0,
      observed: (options & 2) !== 0,
      limits: (options & 8) !== 0 ? SMALL : {},
    };
    const bytes = data.subarray(2);
    if ((options & 4) === 0) readTwice(bytes, [cut, cut >> 3], reading);
    else
      for (const message of new Reading(reading).read(bytes).messages)
        if (message.complete) sendAgain(message);
  },
};

/** A message that was read can be sent, and is then read as the same message. */
function sendAgain({ head, content, trailers, complete }: Message): void {
  const client = new Http1Connection({ role: "client" });
  const bytes = [client.send(head)];
  if (content !== "") bytes.push(client.send({ type: "data", bytes: latin1Bytes(content) }));
  bytes.push(client.send({ type: "end", trailers }));
  const again = new Reading({ role: "server", closes: false, observed: false }).read(...bytes);
  const text = messageText({ head, content, trailers, complete });
  hold(again.messages.length === 1, () => `what was sent again is one message, not ${again}`);
  hold(messageText(again.messages[0] as Message) === text, () => `sent again it reads ${again}, not ${text}`);
}
