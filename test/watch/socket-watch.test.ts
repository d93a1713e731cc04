import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { SocketWatch } from "../../src/watch/socket-watch.ts";

const MIB = 1024 * 1024;
const here = { family: "IPv4", host: "127.0.0.1", port: 1 } as const;

/** A connection whose TLS handshake goes on, and the first octet of each write that is told. */
function handshaking() {
  const events: ConnectionEvent[] = [];
  const socket = {};
  const watch = new SocketWatch(socket, { connection: (event) => events.push(event) });
  watch.opened("connected", { local: here, remote: here });
  watch.secures(socket);
  const told = () => events.flatMap((event) => (event.kind === "write" ? [event.bytes[0]] : []));
  return { watch, socket, told, events };
}

test("what is written during the handshake of TLS is told once the peer is trusted, as it was then", () => {
  const { watch, told } = handshaking();
  const memory = new Uint8Array(1000).fill(1);
  watch.write(memory);
  memory.fill(9);
  assert.deepEqual(told(), []);
  watch.trusted();
  assert.deepEqual(told(), [1]);
});

test("a handshake that never ends holds 1 MiB of what the program writes, and all is told in order", () => {
  const { watch, socket, told, events } = handshaking();
  const pieces = 64;
  for (let n = 0; n < pieces; n++) watch.write(new Uint8Array(MIB / 2).fill(n));
  const inOrder = Array.from({ length: pieces }, (_, n) => n);
  assert.deepEqual(told(), inOrder);
  watch.trusted();
  assert.deepEqual(told(), inOrder);
  watch.closed(socket, undefined, { bytesIn: 0, bytesOut: (pieces / 2) * MIB });
  assert.deepEqual(events.at(-1), {
    kind: "closed",
    how: "end",
    bytesIn: 0,
    bytesOut: (pieces / 2) * MIB,
  });
});
