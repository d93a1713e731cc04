import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, test } from "node:test";
import tls from "node:tls";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { formatAddress } from "../../src/tcp/address.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { type ListenOptions, listen } from "../../src/tcp/listen.ts";
import type { ClosedInfo } from "../../src/tcp/models/model.ts";
import { readProxyHeader } from "../../src/tcp/proxy-header.ts";
import { ManualClock, settled } from "../http/raw-client.ts";
import { CERTIFICATE } from "../support/certificate.ts";

const V2 = "\r\n\r\n\0\r\nQUIT\n";
const V2_TCP4 = `${V2}\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\x14\x03\x01\xbb`;
const V1_TCP4 = "PROXY TCP4 192.0.2.1 198.51.100.1 5123 443\r\n";

/** `client → server, length`, as read from the header. */
function read(text: string): string | undefined {
  const header = readProxyHeader(latin1Bytes(text));
  if (header === undefined) return undefined;
  const { addresses, length } = header;
  if (addresses === undefined) return `nobody, ${length}`;
  return `${formatAddress(addresses.remote)} → ${formatAddress(addresses.local)}, ${length}`;
}

const UNDERSTOOD: Record<string, readonly [text: string, read: string]> = {
  "version 1, IPv4": [V1_TCP4, "192.0.2.1:5123 → 198.51.100.1:443, 44"],
  "version 1, IPv6": [
    "PROXY TCP6 2001:DB8:0:0::1 ::ffff:192.0.2.1 1 65535\r\n",
    "[2001:db8::1]:1 → [::ffff:c000:201]:65535, 53",
  ],
  "version 1, UNKNOWN with anything behind it": ["PROXY UNKNOWN ffff:f...f 1 2\r\n", "nobody, 30"],
  "version 2, IPv4": [V2_TCP4, "192.0.2.1:5123 → 198.51.100.1:443, 28"],
  "version 2, IPv6, and a TLV that is skipped": [
    `${V2}\x21\x21\x00\x28\x20\x01\x0d\xb8${"\0".repeat(11)}\x01${"\0".repeat(15)}\x01\x00\x50\x00\x51\x04\x00\x01x`,
    "[2001:db8::1]:80 → [::1]:81, 56",
  ],
  "version 2, LOCAL": [`${V2}\x20\x11\x00\x02xy`, "nobody, 18"],
  "version 2, of a family we do not serve": [`${V2}\x21\x00\x00\x00`, "nobody, 16"],
};

describe("a PROXY header", () => {
  for (const [what, [text, expected]] of Object.entries(UNDERSTOOD)) {
    test(`is read: ${what}`, () => {
      assert.equal(read(`${text}GET / HTTP/1.1\r\n`), expected);
      for (let length = 0; length < text.length; length++)
        assert.equal(read(text.slice(0, length)), undefined);
    });
  }

  const refused: Record<string, string> = {
    "other bytes": "GET / HTTP/1.1\r\n",
    "lower case": V1_TCP4.toLowerCase(),
    "a port beyond 65535": "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n",
    "a port with a zero ahead": "PROXY TCP4 192.0.2.1 198.51.100.1 080 443\r\n",
    "a port with a fraction": "PROXY TCP4 192.0.2.1 198.51.100.1 0.5 443\r\n",
    "a port with a sign": "PROXY TCP4 192.0.2.1 198.51.100.1 -1 443\r\n",
    "an address of the other family": "PROXY TCP4 ::1 ::1 1 2\r\n",
    "an octet beyond 255": "PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n",
    "an octet with a zero ahead": "PROXY TCP4 192.0.02.1 198.51.100.1 1 2\r\n",
    "an IPv6 address of nine groups": "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n",
    "two blanks": "PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n",
    "a word too many": "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n",
    "a line without end": `PROXY UNKNOWN ${"x".repeat(100)}\r\n`,
    "another version": `${V2}\x31\x11\x00\x0c`,
    "another command": `${V2}\x22\x11\x00\x0c`,
    "too few bytes for the addresses": `${V2}\x21\x11\x00\x0b${"x".repeat(11)}`,
    "more bytes than any need": `${V2}\x21\x11\x04\x01`,
  };
  for (const [what, text] of Object.entries(refused)) {
    test(`is refused: ${what}`, () => assert.throws(() => read(text), { code: "PROXY_HEADER" }));
  }
});

test("the error quotes so little of other bytes that it quotes no secret", () => {
  assert.throws(
    () => read("GET /S3CRET HTTP/1.1\r\n"),
    ({ message }: Error) => message.includes('"GET "') && !message.includes("S3"),
  );
});

async function listenBehindProxy(options: Partial<ListenOptions> = {}) {
  const closed: ClosedInfo[] = [];
  const handler = async (connection: TcpConnection): Promise<void> => {
    await connection.write(`you are ${formatAddress(connection.remote)}, `);
    for await (const bytes of connection) await connection.write(bytes);
  };
  const proxyHeader = { from: ["127.0.0.1", "10.0.0.0/8"] };
  const onClosed = (info: ClosedInfo): void => void closed.push(info);
  const listener = await listen({ handler, proxyHeader, onClosed, ...options });
  const { port } = listener.address as { port: number };
  return { port, closed, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

async function answerTo(port: number, texts: readonly string[], localAddress = "127.0.0.1"): Promise<string> {
  const socket = net.connect({ host: "127.0.0.1", port, localAddress, allowHalfOpen: true });
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes.toString("latin1");
  });
  socket.on("error", () => {}); // "close" follows
  for (const text of texts) {
    await new Promise((resolve) => socket.write(text, "latin1", resolve));
    await settled();
  }
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
  return answer;
}

test("the client's address is the one in the PROXY header, and only the client's bytes are delivered", async () => {
  await using server = await listenBehindProxy();
  const expected = "you are 192.0.2.1:5123, hello";
  assert.equal(await answerTo(server.port, [`${V1_TCP4}hello`]), expected);
  assert.equal(await answerTo(server.port, [`${V2_TCP4}hello`]), expected);
  assert.equal(await answerTo(server.port, [...`${V1_TCP4}hello`]), expected);
  assert.match(
    await answerTo(server.port, [`${V2}\x20\x00\x00\x00hello`]),
    /^you are 127\.0\.0\.1:\d+, hello$/,
  );
});

for (const model of ["sequential", "event-loop", "threads", "processes"] as const) {
  test(`the ${model} model removes the PROXY header`, async () => {
    const module = new URL(
      `../contract/obedient-handler${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
      import.meta.url,
    );
    await using server = await listenBehindProxy({ model, workers: 1, handler: { module } });
    assert.equal(await answerTo(server.port, [`${V2_TCP4}hello`]), "hello");
    while (server.closed.length === 0) await settled();
    assert.deepEqual(server.closed[0]?.remote, { family: "IPv4", host: "192.0.2.1", port: 5123 });
  });
}

test("a PROXY header from a client that is no proxy is refused, and so is a proxy without a PROXY header", async () => {
  await using server = await listenBehindProxy();
  assert.equal(await answerTo(server.port, [V1_TCP4], "127.0.0.2"), "");
  assert.equal(await answerTo(server.port, ["GET / HTTP/1.1\r\n\r\n"]), "");
  assert.equal(await answerTo(server.port, [V2_TCP4.slice(0, 20)]), "");
  while (server.closed.length < 3) await settled();
  assert.deepEqual(
    server.closed.map(({ reason }) => reason.error?.code),
    ["PROXY_HEADER", "PROXY_HEADER", "PROXY_HEADER"],
  );
});

test("a connection without a complete PROXY header within 5 s is closed", async () => {
  const clock = new ManualClock();
  await using server = await listenBehindProxy({ clock });
  const answer = answerTo(server.port, []);
  const silent = net
    .connect(server.port, "127.0.0.1")
    .on("error", () => {})
    .resume();
  await answer; // ended by itself; by now the other connection is accepted, too
  while (!clock.running) await settled();
  const over = once(silent, "close");
  clock.advance(5_000);
  await over;
  assert.equal(server.closed.at(-1)?.reason.error?.code, "TIMEOUT_HEAD");
});

test("TLS follows the PROXY header", async () => {
  await using server = await listenBehindProxy({ tls: CERTIFICATE });
  const socket = net.connect(server.port, "127.0.0.1");
  socket.write(V2_TCP4, "latin1");
  const secure = tls.connect({ socket, ca: [CERTIFICATE.cert], host: "localhost", servername: "localhost" });
  secure.write("hello");
  let answer = "";
  while (!answer.endsWith("hello")) answer += (await once(secure, "data"))[0];
  assert.equal(answer, "you are 192.0.2.1:5123, hello");
  secure.destroy();
});

test("an invalid list of proxies is an error that names it", async () => {
  // An empty prefix is not 0, which would be everybody.
  await assert.rejects(listenBehindProxy({ proxyHeader: { from: ["10.0.0.0/"] } }), {
    code: "HOST_INVALID",
  });
  await assert.rejects(listenBehindProxy({ proxyHeader: { from: ["10.0.0.0/99"] } }), {
    code: "HOST_INVALID",
    message: "proxyHeader.from takes addresses and networks, and this is neither: 10.0.0.0/99",
  });
});
