import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import { connectTunnel, type ProxyAuthenticator } from "../../../src/http/client/proxies/connect-tunnel.ts";
import { socks4 } from "../../../src/http/client/proxies/socks4.ts";
import { socks5 } from "../../../src/http/client/proxies/socks5.ts";
import type { Handshake, HopAnswer } from "../../../src/tcp/hops/hop.ts";

// The handshakes alone: bytes in, bytes out. Each answer comes in every split, so no piece of it may matter.

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

interface Talk {
  /** What we sent, step by step. */
  readonly sent: readonly string[];
  /** "done" with the bytes behind, "redial", "waiting", or the code of the error. */
  readonly outcome: string;
  readonly message: string;
}

/** Gives the answers to the handshake, each behind the bytes that it answers; each in these pieces. */
function talk(make: () => Handshake, answers: readonly Uint8Array[], pieceLength: number): Talk {
  const sent: Uint8Array[] = [];
  let outcome = "waiting";
  let message = "";
  try {
    const handshake = make();
    const { send } = handshake.start();
    if (send) sent.push(send);
    for (const answer of answers) {
      for (let at = 0; at < answer.length && outcome === "waiting"; at += pieceLength) {
        // The memory of a piece is used again, as that of a socket is.
        const piece = answer.slice(at, at + pieceLength);
        const step = handshake.receive(piece);
        const leftover = latin1(step.leftover ?? new Uint8Array());
        piece.fill(0xee);
        if (step.send && step.send.length > 0) sent.push(step.send);
        if (step.done) outcome = `done ${leftover}${latin1(answer.subarray(at + pieceLength))}`;
        if (step.redial) outcome = "redial";
      }
    }
  } catch (error) {
    outcome = (error as { code: string }).code;
    message = (error as Error).message;
  }
  return { sent: sent.map(toHex), outcome, message };
}

/** The same talk in pieces of every length: all come to the same. */
function everySplit(make: () => Handshake, answers: readonly Uint8Array[]): Talk {
  const longest = Math.max(...answers.map(({ length }) => length));
  const whole = talk(make, answers, longest);
  for (let length = 1; length < longest; length++) assert.deepEqual(talk(make, answers, length), whole);
  return whole;
}

const NAME = { host: "foo.test", port: 81 };
const GRANTED_5 = "05 00 00 01 00000000 0000";

test("SOCKS5 without credentials: the bytes of curl, but for GSSAPI, which we do not offer", () => {
  const { sent, outcome } = everySplit(() => socks5(NAME), [hex("05 00"), hex(GRANTED_5)]);
  // curl 8.23: 05020001, 0501000308666f6f2e746573740051
  assert.deepEqual(sent, ["050100", "0501000308666f6f2e746573740051"]);
  assert.equal(outcome, "done ");
});

test("SOCKS5 with a user: the credentials of RFC 1929 are sent when the proxy asks for them, and not otherwise", () => {
  const make = () => socks5(NAME, { user: "u", password: "p" });
  const asked = everySplit(make, [hex("05 02"), hex("01 00"), hex(GRANTED_5)]);
  assert.deepEqual(asked.sent, ["05020002", "0101750170", "0501000308666f6f2e746573740051"]);
  assert.equal(asked.outcome, "done ");
  const unasked = everySplit(make, [hex("05 00"), hex(GRANTED_5)]);
  assert.deepEqual(unasked.sent, ["05020002", "0501000308666f6f2e746573740051"]);
});

test("SOCKS wants the address of a name that is to be looked up here: SOCKS5 behind the greeting, as curl", () => {
  const five = socks5(NAME, { user: "u", password: "p", names: false });
  assert.deepEqual(five.start(), { send: hex("05 02 00 02") });
  const asked = five.receive(hex("05 02"));
  assert.deepEqual([toHex(asked.send ?? hex("")), asked.lookUp], ["0101750170", undefined]);
  assert.equal(five.receive(hex("01")).lookUp, undefined);
  const { send = hex(""), lookUp, done } = five.receive(hex("00"));
  assert.deepEqual([toHex(send), lookUp, done], ["", true, undefined]);
  assert.deepEqual(five.found?.("::1"), { send: hex("05 01 00 04 00000000000000000000000000000001 0051") });
  assert.equal(five.receive(hex(GRANTED_5)).done, true);

  const four = socks4(NAME);
  assert.deepEqual(four.start(), { lookUp: 4 });
  assert.deepEqual(four.found?.("127.0.0.1"), { send: hex("04 01 0051 7f000001 00") });
  // An address needs no looking up.
  assert.deepEqual(socks4({ host: "127.0.0.1", port: 81 }).start(), { send: hex("04 01 0051 7f000001 00") });
  const direct = socks5({ host: "127.0.0.1", port: 81 }, { names: false });
  direct.start();
  assert.deepEqual(direct.receive(hex("05 00")).send, hex("05 01 00 01 7f000001 0051"));
});

test("a SOCKS5 proxy that asks for a user who was not offered is told an empty one, as by curl", () => {
  const { sent, outcome } = everySplit(() => socks5(NAME), [hex("05 02"), hex("01 00"), hex(GRANTED_5)]);
  assert.deepEqual(sent, ["050100", "010000", "0501000308666f6f2e746573740051"]);
  assert.equal(outcome, "done ");
});

test("SOCKS5 is told addresses as octets", () => {
  const requestFor = (host: string) =>
    everySplit(() => socks5({ host, port: 0x1234 }), [hex("05 00"), hex(GRANTED_5)]).sent[1];
  assert.equal(requestFor("127.0.0.1"), "050100017f0000011234");
  assert.equal(requestFor("::1"), "05010004000000000000000000000000000000011234");
  assert.equal(requestFor("2001:db8::2:1"), "0501000420010db80000000000000000000200011234");
  assert.equal(requestFor("::ffff:1.2.3.4"), "0501000400000000000000000000ffff010203041234");
});

test("a SOCKS5 reply may hold any kind of address, and bytes of the server behind it", () => {
  for (const address of ["01 7f000001", "04 00000000000000000000000000000001", "03 03 616263", "03 00"]) {
    const reply = hex(`05 00 00 ${address} 0050 68656c6c6f`);
    assert.equal(everySplit(() => socks5(NAME), [hex("05 00"), reply]).outcome, "done hello", address);
  }
});

test("what a SOCKS5 proxy refuses is said in words", () => {
  const refusals: [answers: string[], words: RegExp][] = [
    [["05 ff"], /wants a user/],
    [["05 02", "01 01"], /wants a user/],
    [["05 01"], /method 1/],
    [["04 00"], /octet 4/],
    [["48"], /does not speak SOCKS5/],
    [["05 00", "05 01"], /general SOCKS server failure \(1\)/],
    [["05 00", "05 02 00 01"], /not allowed by ruleset/],
    [["05 00", "05 05 00 01 00000000 0000"], /connection refused/],
    [["05 00", "05 63"], /unknown reply \(99\)/],
    [["05 00", "05 00 00 07 00"], /address type 7/],
  ];
  for (const [answers, words] of refusals) {
    const { outcome, message } = everySplit(() => socks5(NAME), answers.map(hex));
    assert.equal(outcome, "PROXY_HANDSHAKE", String(words));
    assert.match(message, words);
  }
  const wrong = everySplit(
    () => socks5(NAME, { user: "u", password: "secret" }),
    [hex("05 02"), hex("01 01")],
  );
  assert.match(wrong.message, /refuses user and password/);
  assert.doesNotMatch(wrong.message, /secret/);
});

test("SOCKS5 takes no credentials and no names above 255 octets", () => {
  for (const make of [
    () => socks5(NAME, { user: "u".repeat(256) }),
    () => socks5(NAME, { user: "u", password: "é".repeat(128) }),
  ]) {
    assert.equal(talk(make, [hex("05 00")], 2).outcome, "PROXY_HANDSHAKE");
  }
  const long = { host: "n".repeat(256), port: 1 };
  assert.equal(talk(() => socks5(long), [hex("05 00")], 2).outcome, "PROXY_HANDSHAKE");
});

test("SOCKS4 and SOCKS4a: the bytes of curl", () => {
  const granted = [hex("00 5a 0000 00000000")];
  const sent = (make: () => Handshake) => everySplit(make, granted).sent[0];
  assert.equal(
    sent(() => socks4({ host: "127.0.0.1", port: 81 }, { user: "usr" })),
    "040100517f00000175737200",
  );
  assert.equal(
    sent(() => socks4(NAME, { names: true })),
    "040100510000000100666f6f2e7465737400",
  );
  const address = { host: "127.0.0.1", port: 81 };
  assert.equal(
    sent(() => socks4(address, { names: true })),
    "0401005100000001003132372e302e302e3100",
  );
});

test("what a SOCKS4 proxy refuses is said in words", () => {
  const at = { host: "127.0.0.1", port: 81 };
  for (const [answer, words] of [
    ["00 5b 0000 00000000", /rejected or failed \(91\)/],
    ["00 5d", /another user/],
    ["05", /does not speak SOCKS4/],
  ] as const) {
    const { outcome, message } = everySplit(() => socks4(at), [hex(answer)]);
    assert.equal(outcome, "PROXY_HANDSHAKE");
    assert.match(message, words);
  }
  const ipv6 = { host: "::1", port: 81 };
  assert.match(talk(() => socks4(ipv6), [], 1).message, /needs an IPv4 address/);
  assert.match(talk(() => socks4(at, { user: "a\0b" }), [], 1).message, /NUL/);
  // As in curl 8.23.
  const long = "n".repeat(256);
  assert.match(talk(() => socks4(at, { user: long }), [], 1).message, /user id .* at most 255/);
  assert.match(
    talk(() => socks4({ host: long, port: 81 }, { names: true }), [], 1).message,
    /name .* at most 255/,
  );
  assert.equal(everySplit(() => socks4(at), [hex("00 5a 0000 00000000 6869")]).outcome, "done hi");
});

const request = (lines: readonly string[]): string => toHex(latin1Bytes([...lines, "", ""].join("\r\n")));

test("CONNECT: the bytes of curl, in its order", () => {
  const fieldLines = ["User-Agent", "curl/8.23.0", "Proxy-Connection", "Keep-Alive", "X-A", "b"];
  const { sent, outcome } = everySplit(
    () => connectTunnel({ host: "foo.test", port: 80 }, { user: "a", password: "b", fieldLines }),
    [latin1Bytes("HTTP/1.1 200 OK\r\nA: b\r\n\r\n")],
  );
  assert.deepEqual(sent, [
    request([
      "CONNECT foo.test:80 HTTP/1.1",
      "Host: foo.test:80",
      "Proxy-Authorization: Basic YTpi",
      "User-Agent: curl/8.23.0",
      "Proxy-Connection: Keep-Alive",
      "X-A: b",
    ]),
  ]);
  assert.equal(outcome, "done ");
  const old = talk(() => connectTunnel({ host: "::1", port: 1 }, { version: "1.0" }), [], 1);
  assert.deepEqual(old.sent, [request(["CONNECT [::1]:1 HTTP/1.0", "Host: [::1]:1"])]);
});

/** The heads that are told, for an answer in pieces of this length. */
function answersTo(
  text: string,
  pieceLength: number,
): { heads: string[]; statuses: number[]; outcome: string } {
  const told: HopAnswer[] = [];
  const make = () => connectTunnel(NAME, {}, ({ status, head }) => told.push({ status, head: head.slice() }));
  const { outcome } = talk(make, [latin1Bytes(text)], pieceLength);
  return { heads: told.map(({ head }) => latin1(head)), statuses: told.map(({ status }) => status), outcome };
}

test("each head of an answer to CONNECT is told octet by octet, also of a refusal", () => {
  const early = "HTTP/1.1 103 Early\r\nLink:  <x>  \r\n\r\n";
  const final = "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\n";
  const refusal = "HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n";
  for (let length = 1; length < 90; length++) {
    const taken = answersTo(`${early}${final}hello`, length);
    // RFC 9110 §9.3.6: a 2xx to CONNECT has no content, whatever Content-Length says.
    assert.deepEqual(taken, { heads: [early, final], statuses: [103, 200], outcome: "done hello" });
    const refused = answersTo(`${refusal}abc`, length);
    assert.deepEqual(refused, { heads: [refusal], statuses: [403], outcome: "TUNNEL_REFUSED" });
  }
});

test("what is no answer to CONNECT is an error", () => {
  for (const [answer, code] of [
    ["junk\r\n\r\n", "TUNNEL_BROKEN"],
    ["HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "TUNNEL_BROKEN"],
    [`HTTP/1.1 200 OK\r\nA: ${"x".repeat(17_000)}\r\n\r\n`, "TUNNEL_BROKEN"],
    ["HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "TUNNEL_REFUSED"],
    ["HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\n\r\n", "TUNNEL_REFUSED"],
    ["HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "TUNNEL_BROKEN"],
  ] as const) {
    for (const length of [1, 20, 1000, 20_000])
      assert.equal(answersTo(answer, length).outcome, code, answer.slice(0, 60));
  }
});

test("the end of the connection before the end of the handshake is an error", () => {
  for (const [make, before, code] of [
    [() => socks5(NAME), "05 00", "PROXY_HANDSHAKE"],
    [() => socks4(NAME, { names: true }), "00", "PROXY_HANDSHAKE"],
    [() => connectTunnel(NAME), "", "TUNNEL_BROKEN"],
    [() => connectTunnel(NAME), toHex(latin1Bytes("HTTP/1.1 2")), "TUNNEL_BROKEN"],
  ] as const) {
    const handshake = make();
    handshake.start();
    if (before !== "") handshake.receive(hex(before));
    assert.throws(() => handshake.end(), { code });
  }
});

/** Says so many things, one after the other, as a scheme with nonces does. */
function answering(...values: string[]): ProxyAuthenticator & { readonly challenges: string[] } {
  const challenges: string[] = [];
  return {
    challenges,
    authorization: () => values[challenges.length - 1],
    challenged(fieldValues) {
      challenges.push(fieldValues.join());
      return challenges.length <= values.length;
    },
  };
}

const CHALLENGE = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest x\r\nContent-Length: 5\r\n\r\nwrong";

test("a challenge is answered on the same connection, behind the content of the 407", () => {
  let last = answering();
  const make = () => {
    last = answering("Digest y");
    return connectTunnel(NAME, { authenticator: last });
  };
  const { sent, outcome } = everySplit(make, [
    latin1Bytes(CHALLENGE),
    latin1Bytes("HTTP/1.1 200 OK\r\n\r\n"),
  ]);
  assert.equal(outcome, "done ");
  assert.deepEqual(sent, [
    request(["CONNECT foo.test:81 HTTP/1.1", "Host: foo.test:81"]),
    request(["CONNECT foo.test:81 HTTP/1.1", "Host: foo.test:81", "Proxy-Authorization: Digest y"]),
  ]);
  assert.deepEqual(last.challenges, ["Digest x"]);
});

test("a challenge that ends the connection is answered on a new one", () => {
  for (const head of [
    "HTTP/1.1 407 Who\r\nProxy-Authenticate: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.0 407 Who\r\nProxy-Authenticate: x\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 407 Who\r\nProxy-Authenticate: x\r\n\r\n",
  ]) {
    const make = () => connectTunnel(NAME, { authenticator: answering("y") });
    assert.equal(everySplit(make, [latin1Bytes(head)]).outcome, "redial");
  }
  const endless = `HTTP/1.1 407 Who\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(70_000)}`;
  const make = () => connectTunnel(NAME, { authenticator: answering("y") });
  assert.equal(talk(make, [latin1Bytes(endless)], 5_000).outcome, "redial");
});

test("a proxy that goes on to challenge is not asked for ever", () => {
  const make = () => connectTunnel(NAME, { authenticator: answering("1", "2", "3", "4", "5", "6") });
  const { sent, outcome } = talk(make, Array<Uint8Array>(9).fill(latin1Bytes(CHALLENGE)), 20);
  assert.equal(outcome, "TUNNEL_REFUSED");
  assert.equal(sent.length, 4);
});

test("CR, LF and NUL do not get into a CONNECT request", () => {
  for (const fieldLines of [
    ["X", "a\r\nEvil: 1"],
    ["X\nY", "a"],
    ["X", "a\0b"],
  ]) {
    assert.notEqual(talk(() => connectTunnel(NAME, { fieldLines }), [], 1).outcome, "waiting");
  }
  assert.notEqual(talk(() => connectTunnel({ host: "a\r\nb", port: 1 }), [], 1).outcome, "waiting");
});
