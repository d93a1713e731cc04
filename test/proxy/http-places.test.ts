import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { httpPlaces } from "../../src/proxy/http-places.ts";
import type { Direction, Place } from "../../src/tcp/faults/places.ts";
import { readCases } from "../../wire/case.ts";

/*
 * Conversations with their places marked: ‹head› and so on stand where the place is expected. ↑ and ↓ before a line say
 * who sends, ⏎ is a CRLF, ■ the end of the direction.
 */

interface Sent {
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  readonly ends: boolean;
}

interface Conversation {
  readonly sent: readonly Sent[];
  readonly expected: Readonly<Record<Direction, readonly Place[]>>;
}

function conversation(...lines: string[]): Conversation {
  const expected: Record<Direction, Place[]> = { up: [], down: [] };
  const offset: Record<Direction, number> = { up: 0, down: 0 };
  const sent = lines.map((line): Sent => {
    const direction = line.startsWith("↑") ? "up" : "down";
    let bytes = "";
    for (const [, mark, text = ""] of line.slice(1).matchAll(/‹([^›]*)›|([^‹]+)/g)) {
      if (mark === undefined) bytes += text.replace("■", "").replaceAll("⏎", "\r\n");
      else expected[direction].push(placeOf(mark, offset[direction] + bytes.length));
    }
    offset[direction] += bytes.length;
    return { direction, bytes: latin1Bytes(bytes), ends: line.includes("■") };
  });
  return { sent, expected };
}

/** "chunk 1 message=2 index=3 length=5" without its words. */
function placeOf(mark: string, offset: number): Place {
  const [kind = "", ...words] = mark.split(" ");
  const numbers = Object.fromEntries(words.map((word) => word.split("="))) as Record<string, string>;
  const { message = "1", index, length, interim } = numbers;
  return {
    kind: kind as Place["kind"],
    offset,
    message: Number(message),
    ...(index !== undefined && { index: Number(index) }),
    ...(length !== undefined && { length: Number(length) }),
    ...(interim !== undefined && { interim: true }),
  };
}

/** Reads the conversation in pieces of at most `pieceOf()` bytes. */
function placesOf(sent: readonly Sent[], pieceOf: () => number): Record<Direction, Place[]> {
  const reader = httpPlaces();
  const places: Record<Direction, Place[]> = { up: [], down: [] };
  for (const { direction, bytes, ends } of sent) {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + pieceOf());
      const piece = bytes.slice(at, end);
      places[direction].push(...reader.read(direction, piece));
      piece.fill(0); // The bytes are the caller's again.
      at = end;
    }
    if (ends) places[direction].push(...reader.end(direction));
  }
  return places;
}

function holds(name: string, { sent, expected }: Conversation): void {
  test(name, () => {
    assert.deepEqual(
      placesOf(sent, () => Number.POSITIVE_INFINITY),
      expected,
    );
    assert.deepEqual(
      placesOf(sent, () => 1),
      expected,
    );
  });
}

holds(
  "a request and its response, each with its lines and its end",
  conversation(
    "↑‹head›GET / HTTP/1.1⏎‹line index=1›Host: a⏎‹line index=2›Accept: */*⏎⏎‹head-end›‹message-end›",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 5⏎⏎‹head-end›hello‹message-end›",
    "↑‹head message=2›POST /b HTTP/1.1⏎‹line message=2 index=1›Host: a⏎" +
      "‹line message=2 index=2›Content-Length: 3⏎⏎‹head-end message=2›a\r\n‹message-end message=2›",
    "↓‹head message=2›HTTP/1.1 204 No Content⏎⏎‹head-end message=2›‹message-end message=2›",
  ),
);

holds(
  "each chunk has its number and its size; the last-chunk and the trailers have no place",
  conversation(
    "↑‹head›POST / HTTP/1.1⏎‹line index=1›Host: a⏎‹line index=2›Transfer-Encoding: chunked⏎⏎‹head-end›" +
      '1⏎‹chunk index=1 length=1›\n⏎0A;x="y"⏎‹chunk index=2 length=10›0123⏎45\r\n⏎0⏎X-Sum: 1⏎⏎‹message-end›' +
      "‹head message=2›GET / HTTP/1.1⏎‹line message=2 index=1›Host: a⏎⏎‹head-end message=2›‹message-end message=2›",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Transfer-Encoding: chunked⏎⏎‹head-end›" +
      "3⏎‹chunk index=1 length=3›abc⏎00⏎⏎‹message-end›",
    "↓‹head message=2›HTTP/1.1 200 OK⏎‹line message=2 index=1›Transfer-Encoding: chunked⏎⏎‹head-end message=2›" +
      "2⏎‹chunk message=2 index=1 length=2›ab⏎0⏎⏎‹message-end message=2›",
  ),
);

holds(
  "a response to HEAD, a 304 and a 204 end with their heads, whatever they say about content",
  conversation(
    "↑‹head›HEAD / HTTP/1.1⏎‹line index=1›Host: a⏎⏎‹head-end›‹message-end›" +
      "‹head message=2›GET / HTTP/1.1⏎‹line message=2 index=1›Host: a⏎⏎‹head-end message=2›‹message-end message=2›",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 1000⏎⏎‹head-end›‹message-end›" +
      "‹head message=2›HTTP/1.1 304 Not Modified⏎‹line message=2 index=1›Content-Length: 9⏎⏎" +
      "‹head-end message=2›‹message-end message=2›",
  ),
);

holds(
  "an interim response has a head of its own and the number of its request",
  conversation(
    "↑‹head›POST / HTTP/1.1⏎‹line index=1›Host: a⏎‹line index=2›Expect: 100-continue⏎" +
      "‹line index=3›Content-Length: 2⏎⏎‹head-end›",
    "↓‹head›HTTP/1.1 100 Continue⏎⏎‹head-end interim=yes›",
    "↑ab‹message-end›",
    "↓‹head›HTTP/1.1 103 Early Hints⏎‹line index=1›Link: </a>⏎⏎‹head-end interim=yes›" +
      "‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 0⏎⏎‹head-end›‹message-end›",
  ),
);

holds(
  "content that the end of the connection delimits ends there",
  conversation(
    "↑‹head›GET / HTTP/1.0⏎⏎‹head-end›‹message-end›■",
    "↓‹head›HTTP/1.0 200 OK⏎⏎‹head-end›some⏎⏎HTTP/1.1 200 OK⏎⏎‹message-end›■",
  ),
);

holds(
  "a message that is cut off has no end",
  conversation(
    "↑‹head›GET / HTTP/1.1⏎‹line index=1›Host: a⏎⏎‹head-end›‹message-end›‹head message=2›GE■",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 5⏎⏎‹head-end›hell■",
  ),
);

holds(
  "behind a 101 nothing is HTTP, in neither direction",
  conversation(
    "↑‹head›GET / HTTP/1.1⏎‹line index=1›Host: a⏎‹line index=2›Connection: upgrade⏎‹line index=3›Upgrade: x⏎⏎" +
      "‹head-end›‹message-end›",
    "↓‹head›HTTP/1.1 101 Switching Protocols⏎‹line index=1›Upgrade: x⏎⏎‹head-end›‹tunnel›HTTP/1.1 200 OK⏎⏎",
    "↑GET / HTTP/1.1⏎Host: a⏎⏎",
  ),
);

holds(
  "a request to upgrade that is not granted goes on as HTTP",
  conversation(
    "↑‹head›GET / HTTP/1.1⏎‹line index=1›Host: a⏎‹line index=2›Connection: upgrade⏎‹line index=3›Upgrade: x⏎⏎" +
      "‹head-end›‹message-end›",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 1⏎⏎‹head-end›a‹message-end›",
    "↑‹head message=2›GET / HTTP/1.1⏎‹line message=2 index=1›Host: a⏎⏎‹head-end message=2›‹message-end message=2›",
  ),
);

holds(
  "a CONNECT that is granted opens a tunnel, although its first bytes came early",
  conversation(
    "↑‹head›CONNECT a:443 HTTP/1.1⏎‹line index=1›Host: a:443⏎⏎‹head-end›‹message-end›GET / HTTP/1.1⏎Host: a⏎⏎",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 5⏎⏎‹head-end›‹tunnel›HTTP/1.1 200 OK⏎⏎",
  ),
);

holds(
  "a CONNECT that is refused goes on as HTTP",
  conversation(
    "↑‹head›CONNECT a:443 HTTP/1.1⏎‹line index=1›Host: a:443⏎⏎‹head-end›‹message-end›",
    "↓‹head›HTTP/1.1 407 Proxy Authentication Required⏎‹line index=1›Content-Length: 1⏎⏎‹head-end›a‹message-end›",
    "↑‹head message=2›CONNECT a:443 HTTP/1.1⏎‹line message=2 index=1›Host: a:443⏎⏎" +
      "‹head-end message=2›‹message-end message=2›",
  ),
);

holds(
  "empty lines before a request are no part of it",
  conversation("↑⏎⏎‹head›GET / HTTP/1.0⏎⏎‹head-end›‹message-end›"),
);

holds(
  "a folded line of a response is one line, and LF may end a line",
  conversation(
    "↓‹head›HTTP/1.1 200 OK\n‹line index=1›A: 1\n 2\n‹line index=2›Content-Length: 1\n\n‹head-end›a‹message-end›",
  ),
);

holds(
  "bytes of another protocol have no places",
  conversation("↑\x16\x03\x01\x02\x00GET / HTTP/1.1⏎⏎", "↓+OK⏎HTTP/1.1 200 OK⏎⏎"),
);

holds(
  "after bytes that break the grammar there are no more places of that direction, and the other one goes on",
  conversation(
    "↑‹head›GET / HTTP/1.1⏎‹line index=1›Host: a⏎⏎‹head-end›‹message-end›" +
      "‹head message=2›GET / HTTP/1.1⏎‹line message=2 index=1›no colon⏎Host: a⏎⏎",
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Content-Length: 1⏎⏎‹head-end›a‹message-end›",
  ),
);

holds(
  "a chunk that is longer than it says ends the places",
  conversation(
    "↓‹head›HTTP/1.1 200 OK⏎‹line index=1›Transfer-Encoding: chunked⏎⏎‹head-end›1⏎‹chunk index=1 length=1›ab⏎0⏎⏎",
  ),
);

const cutNumbers = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });

test("any cut of the bytes gives the same places: every case of wire/", () => {
  let found = 0;
  const reads = readCases().map(({ reads, bytes, closes }): Sent[] => [
    { direction: reads === "request" ? "up" : "down", bytes, ends: closes },
  ]);
  for (const sent of reads) {
    const whole = placesOf(sent, () => Number.POSITIVE_INFINITY);
    found += whole.up.length + whole.down.length;
    assert.deepEqual(
      placesOf(sent, () => 1),
      whole,
    );
    fc.assert(
      fc.property(cutNumbers, (cuts) => {
        let turn = 0;
        assert.deepEqual(
          placesOf(sent, () => cuts[turn++ % cuts.length] as number),
          whole,
        );
      }),
      { numRuns: 3 },
    );
  }
  assert.ok(found > reads.length, `${found} places in ${reads.length} cases`);
});

test("bytes of any kind, in any order, throw nothing, and the places ascend", () => {
  const word = fc.constantFrom(
    ..."GET / HTTP/1.1\r\n|HEAD |CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n|Host: a\r\n|\r\n|HTTP/1.1 200 OK\r\n".split(
      "|",
    ),
    ..."HTTP/1.1 101 S\r\n|Transfer-Encoding: chunked\r\n|5\r\nhello\r\n|0\r\n\r\n|Content-Length: 3\r\n|\0".split(
      "|",
    ),
    ..."Connection: upgrade\r\nUpgrade: x\r\n|abc| x\r\n|\n".split("|"),
  );
  const piece = fc.record({
    direction: fc.constantFrom<Direction>("up", "down"),
    text: fc.oneof(
      { weight: 9, arbitrary: word },
      { weight: 1, arbitrary: fc.string({ unit: "binary-ascii" }) },
    ),
    ends: fc.constantFrom(false, false, false, false, false, false, false, false, false, true),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const sent = pieces.map(({ direction, text, ends }) => ({ direction, bytes: latin1Bytes(text), ends }));
      for (const places of Object.values(placesOf(sent, () => Number.POSITIVE_INFINITY)))
        for (const [i, { offset }] of places.entries()) assert.ok(offset >= (places[i - 1]?.offset ?? 0));
    }),
    { numRuns: 2000 },
  );
});

test("chunks of one byte with long sizes, in any number, have their places", () => {
  const reader = httpPlaces();
  reader.read("down", latin1Bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const places = reader.read("down", latin1Bytes("0000001\r\na\r\n".repeat(20_000)));
  assert.equal(places.length, 20_000);
  assert.equal(places.at(-1)?.index, 20_000);
});

test("a head that never ends, content without end, and the bytes of a tunnel are not kept", () => {
  const reader = httpPlaces();
  const before = process.memoryUsage().arrayBuffers;
  const bytes = new Uint8Array(64 * 1024).fill(0x61);
  reader.read("up", latin1Bytes("GET /"));
  reader.read("down", latin1Bytes("HTTP/1.1 200 OK\r\n\r\n"));
  const tunnel = httpPlaces();
  tunnel.read("up", latin1Bytes("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"));
  tunnel.read("down", latin1Bytes("HTTP/1.1 200 OK\r\n\r\n"));
  for (let i = 0; i < 1000; i++) {
    reader.read("up", bytes);
    reader.read("down", bytes);
    tunnel.read("up", bytes);
    tunnel.read("down", bytes);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
});
