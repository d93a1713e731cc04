import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import type { BaseConnection } from "../../src/tcp/base-connection.ts";
import type { TcpConnection } from "../../src/tcp/connection.ts";
import { type ListenOptions, listen } from "../../src/tcp/listen.ts";
import type { ClosedInfo } from "../../src/tcp/models/model.ts";
import { ManualClock, settled } from "../http/raw-client.ts";

// What happens to a connection after its handler has returned if the peer does not read or does not end.

interface Stage extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly client: net.Socket;
  readonly closed: Promise<ClosedInfo>;
}

async function stageFor(handler: (connection: TcpConnection) => Promise<void> | void): Promise<Stage> {
  const clock = new ManualClock();
  let tell = (_: ClosedInfo): void => {};
  const closed = new Promise<ClosedInfo>((resolve) => {
    tell = resolve;
  });
  const options: ListenOptions = { handler, clock, onClosed: (info) => tell(info) };
  const listener = await listen(options);
  const { port } = listener.address as { port: number };
  const client = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  client.on("error", () => {});
  await once(client, "connect");
  return {
    clock,
    client,
    closed,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await listener.close();
    },
  };
}

test("an abort right after the end leaves no descriptor behind", async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const before = sockets();
  await using stage = await stageFor((connection) => {
    void connection.end();
    connection.abort();
  });
  assert.equal((await stage.closed).reason.how, "abort");
  stage.client.destroy();
  while (sockets() > before) await settled();
});

/** More bytes than the kernel takes for a peer that does not read. */
const MUCH = 64;
const piece = new Uint8Array(256 * 1024);

test("a peer that reads none of our last bytes for 30 s is cut off", async () => {
  await using stage = await stageFor((connection) => {
    for (let n = 0; n < MUCH; n++) connection.send(piece);
  });
  let over = false;
  void stage.closed.then(() => {
    over = true;
  });
  // The kernel may take some bytes yet: that is progress, so the server waits once more.
  while (!over) {
    stage.clock.advance(30_000);
    await settled();
  }
  const { reason } = await stage.closed;
  assert.equal(reason.how, "abort");
  assert.equal(reason.error?.code, "TIMEOUT_WRITE");
  assert.match(reason.error?.message ?? "", /^the peer took none of the last \d+ bytes for 30 s$/);
});

test("a peer that reads a little every 30 s gets everything, even one large write", async () => {
  const whole = new Uint8Array(MUCH * piece.length);
  const serving: BaseConnection[] = [];
  await using stage = await stageFor((connection) => {
    serving.push(connection as BaseConnection);
    connection.send(whole);
  });
  let received = 0;
  let over = false;
  void stage.closed.then(() => {
    over = true;
  });
  stage.client.on("data", (bytes) => {
    received += bytes.length;
  });
  while (!stage.clock.running) await settled(); // until the server waits
  const server = serving[0] as BaseConnection;
  for (let moved = server.bytesMoved; moved < whole.length; moved = server.bytesMoved) {
    // The kernel takes more from the server in windows, not in bytes: the client reads until it has taken some.
    stage.client.resume();
    while (server.bytesMoved === moved && !over) await settled();
    stage.client.pause();
    stage.clock.advance(30_000);
    assert.equal(over, false);
  }
  stage.client.resume();
  while (received < whole.length) await once(stage.client, "data");
  stage.client.end();
  assert.equal((await stage.closed).reason.how, "end");
});

test("after our end, a peer that keeps sending is read for 4 MiB and no longer", async () => {
  await using stage = await stageFor(() => {});
  let flooding = true;
  void stage.closed.then(() => {
    flooding = false;
  });
  while (flooding && !stage.client.destroyed) {
    if (!stage.client.write(piece)) {
      // The reset may come as an error of the client's write.
      await Promise.race([
        once(stage.client, "drain").catch(() => {}),
        once(stage.client, "close").catch(() => {}),
        stage.closed,
      ]);
    }
  }
  const { reason } = await stage.closed;
  assert.ok(reason.bytesIn > 4 * 1024 * 1024 && reason.bytesIn < 6 * 1024 * 1024, `${reason.bytesIn} bytes`);
});

test("after our end, we wait one second for the end of the peer", async () => {
  await using stage = await stageFor(() => {});
  stage.client.resume();
  await once(stage.client, "end");
  await settled();
  stage.clock.advance(999);
  await settled();
  assert.equal(stage.client.destroyed, false);
  stage.clock.advance(1);
  assert.deepEqual((await stage.closed).reason, { how: "end", letGo: true, bytesIn: 0, bytesOut: 0 });
});
