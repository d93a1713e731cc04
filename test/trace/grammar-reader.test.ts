import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { readClientHello } from "../../src/trace/client-hello.ts";
import { GrammarReader } from "../../src/trace/grammar-reader.ts";
import type { BytesRecord, TraceRecord } from "../../src/trace.ts";

/** What the client of a recorded server sent ("in") and got ("out"): the text of each span of these rules. */
function spansOf(said: readonly (readonly ["in" | "out", string])[], rules: readonly string[]): string[] {
  const streams = { in: "", out: "" };
  const found: string[] = [];
  const grammar = new GrammarReader((record: TraceRecord) => {
    if (record.type !== "span" || !rules.includes(record.rule)) return;
    found.push(`${record.rule} ${streams[record.direction].slice(record.start, record.end)}`);
  });
  for (const [direction, text] of said) {
    const offset = streams[direction].length;
    streams[direction] += text;
    const bytes = latin1Bytes(text);
    grammar.add({
      v: 1,
      t: 0,
      connection: 1,
      role: "server",
      type: "bytes",
      direction,
      offset,
      bytes,
    } satisfies BytesRecord);
  }
  return found;
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
