import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { Gauges as HostGauges } from "../../src/lab/host/gauges.ts";
import { keysOf, type Queues, queuesIn } from "../../src/lab/host/kernel-queues.ts";
import { areaOf, Gauges } from "../../src/lab/model/gauges.ts";
import { connect } from "../../src/tcp.ts";
import { recordTrace } from "../../src/trace.ts";

const skip = process.platform === "linux" ? false : "only Linux has /proc/net/tcp";

const at = (host: string, port: number) =>
  ({ family: host.includes(":") ? "IPv6" : "IPv4", host, port }) as const;

// The lines are Linux 6.1's, of a machine with little-endian words.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00026BA4:00000010 01:00000014 00000000     0        0 2 2 0 20 4 30 10 -1
`;
const TCP6 = `   0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C351 01 00000001:00000002 00:0 0 0 0 3
   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C352 01 00000003:00000004 00:0 0 0 0 4
`;

test("the queues of a connection are found in the kernel's tables, by both addresses", () => {
  const queuesOf = (host: string, port: number): Queues | undefined => {
    const keys = keysOf(at(host, 8080), at(host, port));
    const found = new Map<string, Queues>();
    for (const text of [TCP, TCP6]) queuesIn(text, new Set(keys), found);
    return keys.map((key) => found.get(key)).find((each) => each !== undefined);
  };
  assert.deepEqual(queuesOf("127.0.0.1", 50_000), { send: 0x26ba4, receive: 16 });
  assert.deepEqual(queuesOf("::1", 50_001), { send: 1, receive: 2 });
  assert.deepEqual(queuesOf("127.0.0.1", 50_002), { send: 3, receive: 4 }, "a socket for IPv6");
  assert.equal(queuesOf("127.0.0.1", 50_003), undefined);
  assert.deepEqual(keysOf({ family: "unix", path: "/a" }, { family: "unix", path: "" }), []);
});

test("while somebody looks, the kernel's queues are told as they are", { skip }, async (t) => {
  const server = net.createServer((socket) => socket.pause());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  let tell: (told: Parameters<ConstructorParameters<typeof HostGauges>[0]>[0]) => void = () => {};
  const gauges = new HostGauges((told) => tell(told));
  t.after(() => {
    gauges.stop();
    server.close();
  });
  const recorder = recordTrace({ onRecord: (record) => gauges.add(record) });
  const accepted = once(server, "connection");
  const connection = await connect({ host: "127.0.0.1", port, observer: recorder.observe("client") });
  const [socket] = (await accepted) as [net.Socket];
  // More than both kernels hold: nobody reads.
  connection.send(new Uint8Array(32 * 1024 * 1024));
  const full = new Promise<number>((resolve) => {
    tell = ({ queues }) => {
      const [first] = queues;
      if (first !== undefined && first[1] > 0) resolve(first[1]);
    };
  });
  gauges.readers(1);
  gauges.switch(true);
  // Keeps the process alive: the gauges do not.
  const alive = setInterval(() => {}, 1000);
  assert.ok((await full) > 10_000);
  clearInterval(alive);
  connection.abort();
  socket.destroy();
});

test("what stays the same is kept once, and memory is bounded", () => {
  const gauges = new Gauges();
  for (let t = 0; t < 100; t++) gauges.add(1, { t, send: 5, receive: 0 });
  assert.deepEqual(
    gauges.of(1).map(({ t }) => t),
    [0, 99],
  );
  for (let t = 0; t < 50_000; t++) gauges.add(2, { t, send: t, receive: 0 });
  assert.ok(gauges.of(2).length <= 2000);
  assert.equal(gauges.of(2).at(-1)?.t, 49_999);
  for (let connection = 3; connection < 1000; connection++)
    gauges.add(connection, { t: 0, send: 0, receive: 0 });
  assert.equal(gauges.of(1).length, 0);
});

test("an area is as wide as the queue was full, until the next value is known", () => {
  const gauges = [
    { t: 0, send: 50, receive: 0 },
    { t: 10, send: 100, receive: 0 },
    { t: 20, send: 0, receive: 0 },
  ];
  const place = { x: 10, width: 40, most: 100, yAt: (t: number) => t * 2 };
  assert.equal(areaOf(gauges, "send", place), "M10 0.0H30.0V20.0H50.0V40.0H10.0V40.0H10z");
  assert.equal(areaOf(gauges, "receive", place), "");
});
