import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ConnectionEvent } from "../../src/tcp/observer.ts";
import { Home } from "../../src/watch/home.ts";
import { receiveFromPrograms } from "../../src/watch/receiver.ts";
import { ToldEvents, ToldEventsReader } from "../../src/watch/told-events.ts";

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "wirepane-home-"));
after(() => rmSync(folder, { recursive: true }));

const here = { family: "IPv4", host: "127.0.0.1", port: 1 } as const;
const accepted = { kind: "accepted", local: here, remote: here } as const;
const closed = { kind: "closed", how: "end", bytesIn: 1, bytesOut: 2 } as const;

/** A socket in our folder, whose connections are not read until somebody reads. */
async function unread(name: string) {
  const server = net.createServer({ pauseOnConnect: true }).listen(join(folder, name));
  await once(server, "listening");
  return { server, path: join(folder, name), connected: once(server, "connection") as Promise<[net.Socket]> };
}

test("what a reader does not take is bounded, counted, and told when there is room again", async () => {
  const { server, path, connected } = await unread("slow");
  const home = new Home(path, () => assert.fail("the reader is there"));
  const [socket] = await connected;
  const end = home.observe();
  end.connection(accepted);
  const bytes = new Uint8Array(64 * 1024);
  const sent = 40 * MIB;
  const before = process.memoryUsage().arrayBuffers;
  for (let written = 0; written < sent; written += bytes.length) {
    end.connection({ kind: "read", bytes });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 24 * MIB, `${grown} bytes more are held`);
  end.connection(closed);

  const reader = new ToldEventsReader();
  const events: (ConnectionEvent | undefined)[] = [];
  let [read, missing] = [0, 0];
  socket.resume();
  for await (const piece of socket as AsyncIterable<Buffer>) {
    for (const { event } of reader.push(piece)) {
      if (event?.kind === "read") read += event.bytes.length;
      else events.push(event);
      if (event?.kind === "dropped") missing += event.bytesIn;
    }
    if (events.at(-1)?.kind === "closed") break;
  }
  assert.deepEqual(
    events.map((event) => event?.kind),
    [undefined, "accepted", "dropped", "closed"],
  );
  assert.equal(read + missing, sent);
  assert.ok(missing > 0 && read > 4 * MIB);
  server.close();
});

test("a reader that has gone is told once, and nothing more is sent", async () => {
  const { server, path, connected } = await unread("gone");
  let lost = 0;
  const home = new Home(path, () => lost++);
  const [socket] = await connected;
  const end = home.observe();
  socket.destroy();
  await once(socket, "close");
  server.close();
  for (let i = 0; i < 3; i++) {
    end.connection(accepted);
    home.end();
  }
  assert.equal(lost, 1);
  assert.ok(home.isLost);
  assert.ok(new Home(path, () => {}).isLost, "nobody listens");
});

test("a program that closes the number of our descriptor keeps whatever gets the number next", async () => {
  const { server, path, connected } = await unread("closed");
  // The kernel gives out the lowest number that is free.
  const number = openSync(folder, "r");
  closeSync(number);
  let lost = 0;
  const home = new Home(path, () => lost++);
  assert.ok(fstatSync(number).isSocket(), "the number is another one: the test shows nothing");
  const [socket] = await connected;
  closeSync(number);
  const file = join(folder, "of-the-program");
  assert.equal(openSync(file, "w"), number);
  home.observe().connection(accepted);
  home.end();
  // A socket that is closed is closed a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  writeSync(number, "of the program");
  assert.equal(readFileSync(file, "utf8"), "of the program");
  assert.equal(lost, 1);
  closeSync(number);
  socket.destroy();
  server.close();
});

test("events come through pieces of any size as they were told", () => {
  const told = new ToldEvents();
  const events: ConnectionEvent[] = [
    accepted,
    { kind: "write", bytes: new Uint8Array([0, 255, 10]) },
    { kind: "error", code: "X", message: "ünïcode \n" },
    { kind: "read", bytes: new Uint8Array(100_000).fill(7) },
    closed,
  ];
  events.forEach((event, index) => {
    told.add(index + 1, 1.5e15 + index, event);
  });
  const all = told.take().slice();
  for (const size of [1, 7, 17, 4096, all.length]) {
    const reader = new ToldEventsReader();
    const found = [];
    for (let at = 0; at < all.length; at += size) {
      for (const { end, at: time, event } of reader.push(all.subarray(at, at + size))) {
        found.push({
          end,
          time,
          event: event && "bytes" in event ? { ...event, bytes: event.bytes.slice() } : event,
        });
      }
      if (size === 1 && at > 300) break; // byte by byte through all of it would take long
    }
    const whole = size === 1 ? found.length : events.length;
    assert.ok(whole >= 3);
    assert.deepEqual(
      found,
      events.slice(0, whole).map((event, index) => ({ end: index + 1, time: 1.5e15 + index, event })),
    );
  }
});

test("whoever sends something else to the receiver is cut off, and the others go on", async () => {
  const events: ConnectionEvent[] = [];
  const receiver = await receiveFromPrograms(() => ({ connection: (event) => events.push(event) }));
  for (const garbage of [
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "\0".repeat(17),
    `${"\0".repeat(13)}\xff\xff\xff\xff`,
  ]) {
    const stranger = net.connect(receiver.path);
    stranger.on("error", () => {}).resume();
    stranger.write(garbage, "latin1");
    await once(stranger, "close");
  }
  const home = new Home(receiver.path, () => assert.fail("the receiver is there"));
  const end = home.observe();
  end.connection(accepted);
  end.connection(closed);
  home.end();
  while (events.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(events, [accepted, closed]);
  await receiver.close();
});

test("a connection that had ended ends once, when its program is gone", async () => {
  const events: ConnectionEvent[] = [];
  const receiver = await receiveFromPrograms(() => ({ connection: (event) => events.push(event) }));
  const told = new ToldEvents();
  told.add(1, 0, accepted);
  told.add(1, 0, { kind: "end" });
  told.add(2, 0, accepted);
  const program = net.connect(receiver.path);
  program.end(told.take());
  await once(program.resume(), "close");
  await receiver.idle(10_000);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["accepted", "end", "accepted", "closed", "end", "closed"],
  );
  await receiver.close();
});
