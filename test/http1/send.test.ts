import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1, quote } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError, type ProtocolErrorCode } from "../../src/http1/errors.ts";
import { type HttpEvent, NEED_DATA, type Version } from "../../src/http1/events.ts";
import { Fields } from "../../src/http1/fields.ts";
import { CHUNKED, contentLength, END, informational, request, response } from "./heads.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
const FIELD_CONTENT = /^[\t\x20-\x7e\x80-\xff]$/;
const TARGET = /^[\x21\x22\x24-\x7e]$/;

/** Every place where a caller's text reaches the wire, and the characters allowed there (RFC 9110 §5.5, §5.6.2). */
const SOURCES = {
  method: { code: "INVALID_METHOD", allowed: TOKEN, events: (text) => [request({ method: text })] },
  target: { code: "INVALID_TARGET", allowed: TARGET, events: (text) => [request({ target: `/${text}` })] },
  "field name": {
    code: "INVALID_FIELD_NAME",
    allowed: TOKEN,
    events: (text) => [request({ more: [[text, "x"]] })],
  },
  "field value": {
    code: "INVALID_FIELD_VALUE",
    allowed: FIELD_CONTENT,
    events: (text) => [request({ more: [["X", text]] })],
  },
  reason: {
    code: "INVALID_REASON",
    allowed: FIELD_CONTENT,
    events: (text) => [{ ...response(200, [contentLength(0)]), reason: text }],
  },
  "trailer name": {
    code: "INVALID_FIELD_NAME",
    allowed: TOKEN,
    events: (text) => [request({ more: [CHUNKED] }), { ...END, trailers: Fields.from([[text, "x"]]) }],
  },
  "trailer value": {
    code: "INVALID_FIELD_VALUE",
    allowed: FIELD_CONTENT,
    events: (text) => [request({ more: [CHUNKED] }), { ...END, trailers: Fields.from([["X", text]]) }],
  },
} satisfies Record<
  string,
  { code: ProtocolErrorCode; allowed: RegExp; events: (text: string) => HttpEvent[] }
>;

describe("text on its way to the wire", () => {
  for (const [source, { code, allowed, events }] of Object.entries(SOURCES)) {
    test(`no octet in a ${source} can end a line or begin another message`, () => {
      for (let octet = 0; octet <= 0xff; octet++) {
        const character = String.fromCharCode(octet);
        for (const text of [`${character}ab`, `a${character}b`, `ab${character}`]) {
          if (allowed.test(character)) assertReadAsSent(events(text));
          else assertRefused(events(text), code);
        }
      }
    });

    test(`a character above U+00FF in a ${source} is refused, not cut to its low octet`, () => {
      for (const character of ["\u010a", "\u560d\u560a", "\uff0d", "\u2028", "\u{1f600}"]) {
        assertRefused(events(`a${character}b`), code);
      }
    });
  }

  test("a version can only be 1.0 or 1.1, whatever an untyped caller gives", () => {
    for (const version of ["1.1\r\nX: y", "2", "", "1.2"]) {
      assertRefused([request({ version: version as Version })], "INVALID_VERSION");
      assertRefused([response(200, {}, version as Version)], "INVALID_VERSION");
    }
  });

  test("a status can only be three digits of the head's kind", () => {
    for (const status of [0, 99, 1000, -200, 200.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assertRefused([response(status)], "INVALID_STATUS");
      assertRefused([informational(status)], "INVALID_STATUS");
    }
    assertRefused([response(100)], "INVALID_STATUS");
    assertRefused([informational(101)], "INVALID_STATUS");
    assertRefused([informational(200)], "INVALID_STATUS");
  });
});

describe("a head that breaks a rule", () => {
  const requests: [ProtocolErrorCode, ReturnType<typeof request>][] = [
    ["INVALID_METHOD", request({ method: "" })],
    ["INVALID_TARGET", request({ target: "" })],
    ["INVALID_TARGET", request({ target: "a/b" })],
    ["TARGET_FORM_MISMATCH", request({ target: "*" })],
    ["TARGET_FORM_MISMATCH", request({ method: "CONNECT" })],
    ["MISSING_HOST", request({ fields: new Fields() })],
    ["DUPLICATE_HOST", request({ more: [["host", "a"]] })],
    ["INVALID_HOST", request({ fields: Fields.from({ Host: "a/b" }) })],
    ["HOST_MISMATCH", request({ target: "http://b/" })],
    ["INVALID_FIELD_NAME", request({ more: [["", "x"]] })],
    ["LENGTH_AND_CODING", request({ more: [CHUNKED, contentLength(1)] })],
    ["DUPLICATE_CONTENT_LENGTH", request({ more: [contentLength(1), contentLength(1)] })],
    ["INVALID_CONTENT_LENGTH", request({ more: [["Content-Length", "-1"]] })],
    ["CONTENT_LENGTH_TOO_LARGE", request({ more: [["Content-Length", "9007199254740992"]] })],
    ["UNKNOWN_TRANSFER_CODING", request({ more: [["Transfer-Encoding", "gzip, chunked"]] })],
    ["INVALID_TRANSFER_CODING", request({ more: [CHUNKED, CHUNKED] })],
    ["TRANSFER_CODING_IN_HTTP_10", request({ version: "1.0", more: [CHUNKED] })],
  ];
  for (const [code, head] of requests) {
    test(`a request with ${code} is refused`, () => assertRefused([head], code));
  }

  test("nothing may frame the content of an answer that never has one", () => {
    for (const field of [CHUNKED, contentLength(0)]) {
      assertRefused([response(204, [field])], "TRANSFER_CODING_NOT_ALLOWED");
      assertRefused([{ ...informational(), fields: Fields.from([field]) }], "TRANSFER_CODING_NOT_ALLOWED");
      const server = serverThatRead("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThrows(() => server.send(response(200, [field])), "TRANSFER_CODING_NOT_ALLOWED");
      assert.equal(server.ourState, "send-response");
    }
  });

  test("answers to HEAD and 304 may say how long the content would be", () => {
    const server = serverThatRead("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.match(latin1(server.send(response(200, [contentLength(5)]))), /Content-Length: 5/);
    server.send(END);
    assert.equal(server.ourState, "done");
    assertReadAsSent([response(304, [contentLength(5)])]);
  });

  test("an HTTP/1.0 client gets no coding and no interim response", () => {
    // RFC 9112 §6.1, RFC 9110 §15.2: an HTTP/1.0 client does not know them.
    const server = serverThatRead("GET / HTTP/1.0\r\n\r\n");
    assertThrows(() => server.send(response(200, [CHUNKED])), "TRANSFER_CODING_NOT_ALLOWED");
    assertThrows(() => server.send(informational()), "WRONG_STATE");
    assert.equal(latin1(server.send(response(200))), "HTTP/1.1 200 \r\n\r\n");
  });

  test("101 answers only a request that asked for it", () => {
    const server = serverThatRead("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThrows(() => server.send(response(101)), "UNASKED_SWITCH");
  });
});

describe("content", () => {
  const five = new Uint8Array(5);

  test("content that is longer than Content-Length is refused, and none of it is sent", () => {
    const client = clientThatSent(request({ more: [contentLength(7)] }));
    assert.equal(client.send({ type: "data", bytes: five }).length, 5);
    assertThrows(() => client.send({ type: "data", bytes: five }), "BODY_TOO_LONG");
    assert.equal(client.send({ type: "data", bytes: five.subarray(0, 2) }).length, 2);
    client.send(END);
    assert.equal(client.ourState, "done");
  });

  test("a message cannot end before its content does", () => {
    const client = clientThatSent(request({ more: [contentLength(7)] }));
    client.send({ type: "data", bytes: five });
    assertThrows(() => client.send(END), "BODY_TOO_SHORT");
    assert.equal(client.ourState, "send-body");
  });

  test("a message that declares no content has none", () => {
    const client = clientThatSent(request());
    assertThrows(() => client.send({ type: "data", bytes: five }), "BODY_TOO_LONG");
    for (const [head, method] of [
      [response(204), "GET"],
      [response(304, [contentLength(5)]), "GET"],
      [response(200, [contentLength(5)]), "HEAD"],
      [response(200, [CHUNKED]), "HEAD"],
    ] as const) {
      const server = serverThatRead(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      server.send(head);
      assertThrows(() => server.send({ type: "data", bytes: five }), "BODY_TOO_LONG");
    }
  });

  test("an empty piece of content sends nothing, and never the last chunk", () => {
    const client = clientThatSent(request({ more: [CHUNKED] }));
    assert.equal(client.send({ type: "data", bytes: new Uint8Array(0) }).length, 0);
    assert.equal(client.ourState, "send-body");
    assert.equal(latin1(client.send({ type: "data", bytes: five.fill(0x61) })), "5\r\naaaaa\r\n");
    assert.equal(latin1(client.send(END)), "0\r\n\r\n");
  });

  test("only chunked content has trailers, and not every field can be one", () => {
    const trailers = (name: string): HttpEvent => ({ type: "end", trailers: Fields.from([[name, "x"]]) });
    const client = clientThatSent(request());
    assertThrows(() => client.send(trailers("X")), "FORBIDDEN_TRAILER");
    const chunked = clientThatSent(request({ more: [CHUNKED] }));
    for (const name of ["Content-Length", "transfer-encoding", "HOST", "Authorization", "Set-Cookie"]) {
      assertThrows(() => chunked.send(trailers(name)), "FORBIDDEN_TRAILER");
    }
    assert.equal(latin1(chunked.send(trailers("X"))), "0\r\nX: x\r\n\r\n");
  });
});

function serverThatRead(text: string): Http1Connection {
  const server = new Http1Connection({ role: "server" });
  server.receive(Buffer.from(text, "latin1"));
  while (server.nextEvent() !== NEED_DATA);
  return server;
}

function clientThatSent(head: HttpEvent): Http1Connection {
  const client = new Http1Connection({ role: "client" });
  client.send(head);
  return client;
}

/** The last event is refused, and changes nothing: the same connection can then send the right event. */
function assertRefused(events: readonly HttpEvent[], code: ProtocolErrorCode): void {
  const sender = senderOf(events);
  const last = events.at(-1) as HttpEvent;
  for (const event of events.slice(0, -1)) sender.send(event);
  const state = sender.ourState;
  assertThrows(() => sender.send(last), code);
  assert.equal(sender.ourState, state);
  const right = last.type === "end" ? END : sender.role === "client" ? request() : response();
  assert.ok(sender.send(right).length > 0);
}

/** The other side reads exactly these events. */
function assertReadAsSent(events: readonly HttpEvent[]): void {
  const sender = senderOf(events);
  const receiver = new Http1Connection({ role: sender.role === "client" ? "server" : "client" });
  if (receiver.role === "client") {
    receiver.send(request());
    receiver.send(END);
  }
  const complete = events.at(-1)?.type === "end" ? events : [...events, END];
  for (const event of complete) receiver.receive(sender.send(event));
  for (const event of complete) {
    assert.equal(shown(receiver.nextEvent() as HttpEvent), shown(event), "read as it was sent");
  }
  assert.equal(receiver.nextEvent(), NEED_DATA);
  assert.equal(receiver.bufferedBytes, 0);
}

function senderOf([first]: readonly HttpEvent[]): Http1Connection {
  return first?.type === "request"
    ? new Http1Connection({ role: "client" })
    : serverThatRead("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

/** Whitespace around a value is not part of the value, so it does not arrive (RFC 9110 §5.5). */
const shown = (event: HttpEvent): string =>
  JSON.stringify(event, (_, value) =>
    typeof value === "string" ? value.replace(/^[ \t]+|[ \t]+$/g, "") : value,
  );

function assertThrows(act: () => unknown, code: ProtocolErrorCode): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof ProtocolError, quote(String(error)));
    assert.equal(error.code, code);
    assert.equal(error.blame, "local");
    assert.match(error.message, /^[\x20-\x7e…§]+$/, "no octet of the caller's reaches a terminal");
    return true;
  });
}

describe("a message that is sent at once", () => {
  const three = response(200, [contentLength(3)]);
  const chunked = response(200, [CHUNKED]);
  const HEADS = [
    request({ more: [contentLength(0)] }),
    request({ method: "POST", more: [contentLength(3)] }),
    request({ method: "POST", more: [CHUNKED] }),
    request({ version: "1.0" }),
    three,
    response(200, [contentLength(0)]),
    chunked,
    { ...chunked, version: "1.0" as const },
    response(200, {}),
    response(204),
    { ...three, status: 304 },
    { ...three, status: 404 },
    { ...three, reason: "Fine" },
    { ...three, version: "1.0" as const },
    response(200, [contentLength(3), ["Connection", "close"]]),
  ];
  const ASKED = [
    request(),
    request({ method: "HEAD" }),
    request({ method: "CONNECT", target: "a:1" }),
    request({ version: "1.0" }),
    request({ more: [["Connection", "close"]] }),
  ];

  /** The bytes written for messages one after the other, and the state after them; or the error. */
  const sent = (
    heads: readonly (typeof HEADS)[number][],
    asked: readonly HttpEvent[],
    content: string,
    atOnce: boolean,
  ) => {
    const seen: string[] = [];
    const [first] = heads;
    const role = first?.type === "request" ? "client" : "server";
    const observer = { span: (...span: unknown[]) => void seen.push(`${span}`) };
    const http = new Http1Connection({ role, observer });
    const peer = new Http1Connection({ role: role === "client" ? "server" : "client" });
    for (const [i, head] of heads.entries()) {
      if (role === "server") {
        http.receive(peer.send(asked[i % 2] as HttpEvent));
        http.receive(peer.send(END));
        while (typeof http.nextEvent() !== "symbol");
      }
      try {
        seen.push(atOnce ? http.sendWhole(head, content) : inParts(http, head, content));
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
        return [...seen, `${error.code} ${error.blame}`];
      }
      if (head.type === "response") {
        assert.ok(seen.at(-1)?.startsWith(`HTTP/${head.version} ${head.status} ${head.reason}\r\n`));
      }
      seen.push(`${http.ourState} ${http.peerState} ${http.persistent}`);
      if (role === "client" || !http.persistent || http.peerState !== "done") break;
      http.startNextCycle();
      peer.receive(Buffer.from(seen.at(-2) ?? "", "latin1"));
      while (typeof peer.nextEvent() !== "symbol");
      peer.startNextCycle();
    }
    return seen;
  };

  const inParts = (http: Http1Connection, head: (typeof HEADS)[number], content: string): string => {
    let text = http.sendHead(head);
    if (content !== "") text += latin1(http.send({ type: "data", bytes: Buffer.from(content, "latin1") }));
    return http.ourState === "send-body" ? text + latin1(http.send(END)) : text;
  };

  test("has the same bytes as in parts, whatever was sent before it", () => {
    let equal = 0;
    for (const first of HEADS) {
      for (const second of HEADS.filter(({ type }) => type === first.type)) {
        for (const asked of ASKED.flatMap((one) => ASKED.map((other) => [one, other]))) {
          for (const content of ["", "abc"]) {
            const atOnce = sent([first, second, first], asked, content, true);
            const parts = sent([first, second, first], asked, content, false);
            // If the message is sent in parts, the head is out before its content is found to be wrong.
            if (atOnce.length < parts.length) assert.match(atOnce.at(-1) ?? "", /^BODY_TOO_\w+ local$/);
            else assert.deepEqual(atOnce, parts);
            if (atOnce.length === parts.length) equal++;
          }
        }
      }
    }
    assert.ok(equal > 400, String(equal));
  });

  test("with a wrong length changes nothing", () => {
    const http = new Http1Connection({ role: "client" });
    const head = request({ method: "POST", more: [contentLength(3)] });
    for (const content of ["", "ab", "abcd"])
      assert.throws(() => http.sendWhole(head, content), /Content-Length/);
    assert.equal(http.ourState, "idle");
    assert.match(http.sendWhole(head, "abc"), /\r\n\r\nabc$/);
  });
});
