import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { latin1, latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError } from "../../src/http1/errors.ts";
import { type HttpEvent, NEED_DATA, PAUSED, type Version } from "../../src/http1/events.ts";
import type { Role, State } from "../../src/http1/state.ts";
import { CHUNKED, contentLength, END, informational, request, response } from "./heads.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const UPGRADE = [
  ["Connection", "Upgrade"],
  ["Upgrade", "x"],
] as const;
const CLOSED = { type: "closed" } as const;

describe("the states of an exchange", () => {
  test("both ends go the same way, each by what it sends and reads", () => {
    const expected = [
      "client idle → send-body: request",
      "server idle → send-response: request",
      "client send-body → done: end",
      "server send-response → send-body: response",
      "server send-body → done: end",
      "client done → idle: next-cycle",
      "server done → idle: next-cycle",
    ];
    const client = watched("client");
    client.connection.send(request());
    client.connection.send(END);
    read(client.connection, OK);
    client.connection.startNextCycle();
    assert.deepEqual(client.transitions, expected);

    const server = watched("server");
    read(server.connection, GET);
    server.connection.send(response(200, [contentLength(0)]));
    server.connection.send(END);
    server.connection.startNextCycle();
    assert.deepEqual(server.transitions, expected);
  });

  const EVENTS: readonly HttpEvent[] = [
    request(),
    informational(),
    response(),
    { type: "data", bytes: new Uint8Array(0) },
    END,
    CLOSED,
  ];
  const WAYS: [Role, State, (connection: Http1Connection) => void, allowed: HttpEvent["type"][]][] = [
    ["client", "idle", () => {}, ["request", "closed"]],
    ["client", "send-body", (client) => client.send(request()), ["data", "end"]],
    ["client", "done", ask, ["request", "closed"]],
    ["client", "must-close", (client) => ask(client, [["Connection", "close"]]), ["closed"]],
    ["client", "might-switch", (client) => ask(client, UPGRADE), ["closed"]],
    ["client", "switched", (client) => switched(client), []],
    ["client", "closed", (client) => client.send(CLOSED), []],
    ["server", "idle", () => {}, ["response", "closed"]],
    ["server", "send-response", (server) => read(server, GET), ["informational", "response"]],
    ["server", "send-body", (server) => answer(server, response()), ["data", "end"]],
    ["server", "done", (server) => answer(server, response(204), END), ["closed"]],
    ["server", "must-close", (server) => answer(server, response(), END), ["closed"]],
    ["server", "closed", (server) => server.send(CLOSED), []],
  ];
  for (const [role, state, reach, allowed] of WAYS) {
    test(`a ${role} that is "${state}" sends ${allowed.join(", ") || "nothing"}, and nothing else`, () => {
      for (const event of EVENTS) {
        const connection = new Http1Connection({ role });
        reach(connection);
        assert.equal(connection.ourState, state);
        if (allowed.includes(event.type)) connection.send(event);
        else assertWrongState(() => connection.send(event));
        if (!allowed.includes(event.type)) assert.equal(connection.ourState, state);
      }
    });
  }

  test("a cycle ends when both sides are done, not before", () => {
    const client = new Http1Connection({ role: "client" });
    assertWrongState(() => client.startNextCycle());
    ask(client);
    assertWrongState(() => client.startNextCycle());
    read(client, OK);
    client.startNextCycle();
    assert.deepEqual([client.ourState, client.peerState], ["idle", "idle"]);
  });
});

describe("requests ahead of their answers", () => {
  const pipelined = (...more: readonly (readonly [string, string])[][]) => {
    const client = new Http1Connection({ role: "client" });
    ask(client);
    for (const fields of more) ask(client, fields);
    return client;
  };

  test("are answered in order, and each method decides how its answer is framed", () => {
    const client = new Http1Connection({ role: "client" });
    ask(client);
    for (const method of ["HEAD", "GET"]) {
      client.send({ ...request(), method });
      client.send(END);
    }
    client.receive(latin1Bytes(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n${OK}`));
    for (const method of ["GET", "HEAD", "GET"]) {
      assert.equal(client.request.method, method);
      assert.deepEqual(drain(client), ["response", "end"]);
      client.startNextCycle();
    }
    assert.deepEqual([client.ourState, client.peerState], ["idle", "idle"]);
  });

  test("may be begun while an answer is being received, and end with it or after it", () => {
    const client = pipelined();
    client.receive(latin1Bytes("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"));
    assert.deepEqual(drain(client), ["response", "data"]);
    client.send(request({ more: [contentLength(2)] }));
    client.receive(latin1Bytes(`bc${OK}`));
    assert.deepEqual(drain(client), ["data", "end"]);
    client.startNextCycle();
    assert.deepEqual([client.ourState, client.peerState], ["send-body", "send-response"]);
    client.send({ type: "data", bytes: latin1Bytes("de") });
    client.send(END);
    assert.deepEqual(drain(client), ["response", "end"]);
    client.startNextCycle();
    assert.equal(client.ourState, "idle");
  });

  test("end with one that says it is the last, and those before it are still answered", () => {
    const client = pipelined([["Connection", "close"]]);
    assertWrongState(() => client.send(request()));
    client.receive(latin1Bytes(OK + OK));
    drain(client);
    assert.ok(client.persistent);
    client.startNextCycle();
    assert.ok(!client.persistent);
    assert.deepEqual(drain(client), ["response", "end"]);
    assertWrongState(() => client.startNextCycle());
  });

  test("are not followed by others once an answer said that it is the last", () => {
    const client = pipelined([]);
    client.receive(latin1Bytes("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    assert.deepEqual(drain(client), ["response", "end"]);
    assertWrongState(() => client.send(request()));
    assert.ok(!client.persistent);
  });

  test("are never Upgrade, CONNECT or Expect, whose answers decide what the next bytes are", () => {
    for (const fields of [UPGRADE, [["Expect", "100-continue"]] as const]) {
      assertWrongState(() => pipelined().send(request({ more: fields })));
      assertWrongState(() => pipelined([]).send(request({ more: fields })));
    }
    assertWrongState(() => pipelined().send({ ...request(), method: "CONNECT", target: "a:1" }));
    const upgrading = new Http1Connection({ role: "client" });
    ask(upgrading, UPGRADE);
    assertWrongState(() => upgrading.send(request()));
  });

  test("do not change that an answer to no request is an error", () => {
    const client = pipelined([]);
    client.receive(latin1Bytes(OK + OK + OK));
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(drain(client), ["response", "end"]);
      client.startNextCycle();
    }
    assert.throws(() => client.nextEvent(), { code: "UNSOLICITED_RESPONSE" });
  });
});

describe("persistence", () => {
  // RFC 9112 §9.3: close ends persistence; without it HTTP/1.1 persists, and HTTP/1.0 only with keep-alive.
  const says: [Version, option: string, persists: boolean][] = [
    ["1.1", "", true],
    ["1.1", "keep-alive", true],
    ["1.1", "close", false],
    ["1.1", "keep-alive, Close", false],
    ["1.0", "", false],
    ["1.0", "Keep-Alive", true],
    ["1.0", "close", false],
    ["1.0", "close, keep-alive", false],
  ];
  const fieldOf = (option: string) => (option === "" ? [] : [["Connection", option] as const]);
  for (const [askedIn, asked, clientPersists] of says) {
    for (const [answeredIn, answered, serverPersists] of says) {
      const persists = clientPersists && serverPersists;
      const name = `${askedIn} ${asked || "-"}, then ${answeredIn} ${answered || "-"}`;
      test(`after ${name}, a connection ${persists ? "persists" : "ends"}`, () => {
        const client = new Http1Connection({ role: "client" });
        const server = new Http1Connection({ role: "server" });
        server.receive(client.send(request({ version: askedIn, more: fieldOf(asked) })));
        client.send(END);
        drain(server);
        const fields = [contentLength(0), ...fieldOf(answered)];
        client.receive(server.send(response(200, fields, answeredIn)));
        server.send(END);
        drain(client);
        for (const { persistent, ourState, peerState } of [client, server]) {
          assert.equal(persistent, persists);
          const state = persists ? "done" : "must-close";
          assert.deepEqual([ourState, peerState], [state, state]);
        }
        if (persists) client.startNextCycle();
        else assertWrongState(() => client.startNextCycle());
      });
    }
  }

  test("only the response decides, with serverDecides", () => {
    for (const [version, option] of [
      ["1.1", "close"],
      ["1.0", ""],
    ] as const) {
      for (const [answered, persists] of [
        ["", true],
        ["close", false],
      ] as const) {
        const client = new Http1Connection({ role: "client", leniency: { serverDecides: true } });
        client.send(request({ version, more: fieldOf(option) }));
        client.send(END);
        const line = answered === "" ? "" : `Connection: ${answered}\r\n`;
        read(client, `HTTP/1.1 200 OK\r\n${line}Content-Length: 0\r\n\r\n`);
        assert.equal(client.persistent, persists);
      }
    }
  });

  test("a response that ends with the connection ends its persistence", () => {
    const client = new Http1Connection({ role: "client" });
    ask(client);
    read(client, "HTTP/1.1 200 OK\r\n\r\nhello");
    assert.equal(client.persistent, false);
    client.receiveEnd();
    assert.deepEqual(drain(client), ["end", "closed"]);
    const server = new Http1Connection({ role: "server" });
    answer(server, response(), END);
    assert.equal(server.persistent, false);
  });

  test("the peer's end between messages ends persistence", () => {
    const server = new Http1Connection({ role: "server" });
    answer(server, response(204), END);
    server.startNextCycle();
    server.receiveEnd();
    assert.deepEqual(server.nextEvent(), CLOSED);
    assert.equal(server.persistent, false);
    assert.deepEqual(server.nextEvent(), CLOSED);
  });
});

describe("the order of messages", () => {
  test("a pipelined request waits until the one before it is answered", () => {
    const server = new Http1Connection({ role: "server" });
    assert.deepEqual(read(server, GET + GET.replace("/", "/2")), ["request", "end"]);
    assert.equal(server.nextEvent(), PAUSED);
    assert.equal(server.bufferedBytes, GET.length + 1);
    server.send(response(204));
    server.send(END);
    assert.equal(server.nextEvent(), PAUSED);
    server.startNextCycle();
    const next = server.nextEvent();
    assert.ok(typeof next === "object" && next.type === "request");
    assert.equal(next.target, "/2");
  });

  test("a server may answer before the request is complete, and the cycle waits for its rest", () => {
    const server = new Http1Connection({ role: "server" });
    read(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    server.send(response(413, [contentLength(0)]));
    server.send(END);
    assertWrongState(() => server.startNextCycle());
    assert.deepEqual(read(server, "llo"), ["data", "end"]);
    server.startNextCycle();
  });

  test("a server may answer a request that never came", () => {
    const server = new Http1Connection({ role: "server" });
    const sent = latin1(server.send(response(408, { Connection: "close", "Content-Length": "0" })));
    assert.equal(sent, "HTTP/1.1 408 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    server.send(END);
    assert.equal(server.ourState, "must-close");
  });

  test("a request that comes after its answer is not answered again", () => {
    const server = new Http1Connection({ role: "server" });
    server.send(response(408, [contentLength(0)]));
    server.send(END);
    assert.deepEqual(read(server, GET), ["request", "end"]);
    assert.deepEqual([server.peerState, server.ourState], ["done", "done"]);
    assertWrongState(() => server.send(response(204)));
    server.startNextCycle();
    assert.deepEqual(read(server, GET), ["request", "end"]);
    assert.equal(server.ourState, "send-response");
  });

  test("a server may answer a request it did not understand, and nothing after it", () => {
    const server = new Http1Connection({ role: "server" });
    server.receive(latin1Bytes("GET /\r\n"));
    assert.throws(() => server.nextEvent(), { code: "HTTP_09", statusHint: 400 });
    assert.deepEqual([server.peerState, server.persistent], ["error", false]);
    server.send(response(400, [contentLength(0)]));
    server.send(END);
    assert.equal(server.ourState, "must-close");
    assertWrongState(() => server.startNextCycle());
    assert.throws(() => server.nextEvent(), { code: "HTTP_09" });
  });

  test("a HEAD that is refused is answered without content, once its request-line was read", () => {
    const { connection } = watched("server");
    assert.throws(() => read(connection, "HEAD / HTTP/1.1\r\n\r\n"), { code: "MISSING_HOST" });
    assert.equal(connection.request.method, "HEAD");
    connection.send(response(400, [contentLength(5)]));
    assert.equal(latin1(connection.send(END)), "");
  });

  test("a response to no request is refused before it can answer the next request", () => {
    const client = new Http1Connection({ role: "client" });
    client.receive(latin1Bytes(OK));
    assert.throws(() => client.nextEvent(), { code: "UNSOLICITED_RESPONSE", blame: "remote", offset: 0 });
    assert.equal(client.persistent, false);
  });

  test("after a fault nothing is read: bytes that come later never become an answer", () => {
    const client = new Http1Connection({ role: "client" });
    client.receive(latin1Bytes(OK));
    const error = thrownBy(() => client.nextEvent());
    ask(client);
    assert.equal(client.peerState, "error");
    assert.equal(
      thrownBy(() => client.nextEvent()),
      error,
    );
  });

  test("interim responses do not change the state of the exchange", () => {
    const client = new Http1Connection({ role: "client" });
    ask(client);
    assert.deepEqual(read(client, "HTTP/1.1 103 E\r\n\r\nHTTP/1.1 100 C\r\n\r\n"), [
      "informational",
      "informational",
    ]);
    assert.equal(client.peerState, "send-response");
    const server = new Http1Connection({ role: "server" });
    read(server, GET);
    assert.equal(latin1(server.send(informational(103))), "HTTP/1.1 103 \r\n\r\n");
    server.send(informational(103));
    assert.equal(server.ourState, "send-response");
  });
});

describe("Expect: 100-continue", () => {
  const EXPECT = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n";

  test("the client waits until 100, a final response or its own content comes", () => {
    const ends: ((server: Http1Connection) => void)[] = [
      (server) => server.send(informational(100)),
      (server) => server.send(response(417, [contentLength(0)])),
      (server) => read(server, "h"),
    ];
    for (const end of ends) {
      const server = new Http1Connection({ role: "server" });
      read(server, EXPECT);
      assert.equal(server.expectsContinue, true);
      end(server);
      assert.equal(server.expectsContinue, false);
    }
  });

  test("another interim response does not end the wait for 100", () => {
    const server = new Http1Connection({ role: "server" });
    read(server, EXPECT);
    server.send(informational(103));
    assert.equal(server.expectsContinue, true);
  });

  test("it does not count from an HTTP/1.0 client, nor with another expectation", () => {
    for (const text of [EXPECT.replace("HTTP/1.1", "HTTP/1.0"), EXPECT.replace("100-Continue", "x")]) {
      const server = new Http1Connection({ role: "server" });
      read(server, text);
      assert.equal(server.expectsContinue, false);
    }
  });
});

describe("other protocols", () => {
  test("after 101 both sides have switched, and the bytes after it are handed on once", () => {
    const client = new Http1Connection({ role: "client" });
    ask(client, UPGRADE);
    assert.equal(client.ourState, "might-switch");
    read(client, "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nabc");
    assert.deepEqual([client.ourState, client.peerState], ["switched", "switched"]);
    assert.equal(client.nextEvent(), PAUSED);
    assert.equal(latin1(client.takeLeftover()), "abc");
    assert.equal(client.takeLeftover().length, 0);
  });

  test("a server does not read the bytes that follow until it has answered", () => {
    const server = new Http1Connection({ role: "server" });
    const events = read(server, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03");
    assert.deepEqual(events, ["request", "end"]);
    assert.equal(server.peerState, "might-switch");
    assert.equal(server.nextEvent(), PAUSED);
    assert.equal(latin1(server.send(response(200))), "HTTP/1.1 200 \r\n\r\n");
    assert.equal(server.ourState, "switched");
    assert.equal(latin1(server.takeLeftover()), "\x16\x03");
  });

  test("after a refusal the connection stays HTTP", () => {
    const client = new Http1Connection({ role: "client" });
    ask(client, UPGRADE);
    read(client, OK);
    assert.deepEqual([client.ourState, client.peerState], ["done", "done"]);
    client.startNextCycle();
    const closing = new Http1Connection({ role: "client" });
    ask(closing, UPGRADE);
    read(closing, OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    assert.deepEqual([closing.ourState, closing.peerState], ["must-close", "must-close"]);
  });

  test("a server may refuse before the request with Upgrade is complete", () => {
    const server = new Http1Connection({ role: "server" });
    read(
      server,
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\na",
    );
    server.send(response(200, [contentLength(0)]));
    server.send(END);
    read(server, "b");
    assert.deepEqual([server.ourState, server.peerState], ["done", "done"]);
  });

  test("Upgrade without the connection option, or in HTTP/1.0, asks for nothing", () => {
    for (const text of [
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n",
      "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    ]) {
      const server = new Http1Connection({ role: "server" });
      read(server, text);
      assert.notEqual(server.peerState, "might-switch");
      assert.throws(() => server.send(response(101)), { code: "UNASKED_SWITCH" });
    }
  });
});

describe("what can be asked of a connection", () => {
  test("the framing of a message is known with its head", () => {
    const server = new Http1Connection({ role: "server" });
    assert.equal(server.peerFraming, undefined);
    read(server, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert.deepEqual(server.peerFraming, { kind: "chunked" });
    const client = new Http1Connection({ role: "client" });
    ask(client, [CHUNKED]);
    read(client, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
    assert.deepEqual(client.peerFraming, { kind: "length", length: 7 });
  });
});

function watched(role: Role): { connection: Http1Connection; transitions: string[] } {
  const transitions: string[] = [];
  const connection = new Http1Connection({
    role,
    observer: {
      transition: (who, from, to, cause) => transitions.push(`${who} ${from} → ${to}: ${cause}`),
    },
  });
  return { connection, transitions };
}

function ask(client: Http1Connection, more: readonly (readonly [string, string])[] = []): void {
  client.send(request({ more }));
  client.send(END);
}

function answer(server: Http1Connection, ...events: HttpEvent[]): void {
  read(server, GET);
  for (const event of events) server.send(event);
}

function switched(client: Http1Connection): void {
  ask(client, UPGRADE);
  read(client, "HTTP/1.1 101 S\r\n\r\n");
}

function read(connection: Http1Connection, text: string): string[] {
  connection.receive(latin1Bytes(text));
  return drain(connection);
}

function drain(connection: Http1Connection): string[] {
  const types: string[] = [];
  for (;;) {
    const event = connection.nextEvent();
    if (event === NEED_DATA || event === PAUSED) return types;
    types.push(event.type);
    if (event.type === "closed") return types;
  }
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function assertWrongState(act: () => unknown): void {
  assert.throws(
    act,
    (error) => error instanceof ProtocolError && error.code === "WRONG_STATE" && error.blame === "local",
  );
}
