import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { readClientHello } from "../../src/trace/client-hello.ts";
import { ExchangeReader } from "../../src/trace/exchanges.ts";
import { GrammarReader } from "../../src/trace/grammar-reader.ts";
import type { TraceRecord } from "../../src/trace.ts";

type Said = readonly (readonly ["in" | "out", string])[];

/** What the grammar finds in what the client of a recorded server sent ("in") and got ("out"). */
function recordsOf(said: Said): TraceRecord[] {
  const lengths = { in: 0, out: 0 };
  const records: TraceRecord[] = [];
  const grammar = new GrammarReader((record) => records.push(record));
  const common = { v: 1, t: 0, connection: 1, role: "server" } as const;
  for (const [direction, text] of said) {
    const bytes = latin1Bytes(text);
    grammar.add({ ...common, type: "bytes", direction, offset: lengths[direction], bytes });
    lengths[direction] += bytes.length;
  }
  return records;
}

/** The text of each span of these rules. */
function spansOf(said: Said, rules: readonly string[]): string[] {
  const stream = (direction: "in" | "out") =>
    said.map(([from, text]) => (from === direction ? text : "")).join("");
  return recordsOf(said).flatMap((record) =>
    record.type === "span" && rules.includes(record.rule)
      ? [`${record.rule} ${stream(record.direction).slice(record.start, record.end)}`]
      : [],
  );
}

const CONNECT = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
const OPENED = "HTTP/1.1 200 Connection established\r\n\r\n";
const GET = "GET /inner HTTP/1.1\r\nHost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("HTTP within a tunnel is read, too", () => {
  const said = [
    ["in", CONNECT],
    ["out", OPENED],
    ["in", GET],
    ["out", OK],
    ["in", GET],
    ["out", OK],
  ] as const;
  assert.deepEqual(spansOf(said, ["request-target", "content"]), [
    "request-target a:80",
    "request-target /inner",
    "content ok",
    "request-target /inner",
    "content ok",
  ]);
});

test("bytes that come with the head that opens a tunnel are the tunnel's", () => {
  const said = [
    ["in", CONNECT + GET],
    ["out", OPENED + OK],
  ] as const;
  assert.deepEqual(spansOf(said, ["request-target", "content"]), ["request-target a:80", "content ok"]);
  const later = [...said, ["in", GET]] as const;
  assert.ok(spansOf(later, ["request-target"]).includes("request-target /inner"));
});

test("a tunnel of anything else is a tunnel", () => {
  const said = [
    ["in", CONNECT],
    ["out", OPENED],
    ["in", "\x16\x03\x01\x00\x05"],
    ["out", "\x16\x03\x03\x00\x02"],
  ] as const;
  assert.deepEqual(spansOf(said, ["tunnel"]), ["tunnel \x16\x03\x01\x00\x05", "tunnel \x16\x03\x03\x00\x02"]);
});

for (const [name, request, response] of [
  ["CONNECT", CONNECT, OPENED],
  [
    "101 (Switching Protocols)",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  ],
] as const)
  test(`the exchange that ${name} ends is complete, before anything comes through the tunnel`, () => {
    const complete: boolean[] = [];
    const exchanges = new ExchangeReader({
      onExchange: ({ response, incomplete }) => complete.push(response?.complete === true && !incomplete),
    });
    for (const record of recordsOf([
      ["in", request],
      ["out", response],
    ]))
      exchanges.add(record);
    assert.deepEqual(complete, [true]);
  });

test("a request whose upgrade is refused is followed by requests as usual", () => {
  const upgrade = "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
  const said = [
    ["in", upgrade],
    ["out", OK],
    ["in", GET],
    ["out", OK],
  ] as const;
  assert.deepEqual(spansOf(said, ["request-target"]), ["request-target /1", "request-target /inner"]);
});

test("a ClientHello names the server and the protocols", async () => {
  const server = net.createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({
    port,
    host: "127.0.0.1",
    servername: "example.org",
    ALPNProtocols: ["h2", "http/1.1"],
  });
  client.on("error", () => {});
  const [socket] = (await once(server, "connection")) as [net.Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  assert.deepEqual(readClientHello(bytes), { name: "example.org", protocols: ["h2", "http/1.1"] });
  for (let length = 0; length < bytes.length; length++) readClientHello(bytes.subarray(0, length));
  assert.equal(readClientHello(latin1Bytes(GET)), undefined);
});
