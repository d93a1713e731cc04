import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { ActionError } from "../../src/lab/host/lab.ts";
import { Playground, type PlayServer } from "../../src/lab/host/playground.ts";
import type { TraceRecord } from "../../src/trace/record.ts";
import { recordTrace } from "../../src/trace.ts";

interface Begun {
  readonly client: { readonly port: number };
}

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

describe("what the page may ask for", () => {
  const records: TraceRecord[] = [];
  const waiting = new Set<() => void>();
  const recorder = recordTrace({
    onRecord: (record) => {
      records.push(record);
      for (const look of waiting) look();
    },
  });
  let servers: readonly PlayServer[] = [];
  const playground = new Playground({
    observe: (role) => recorder.observe(role),
    onServers: (told) => {
      servers = told;
    },
  });
  const ask = (name: string, asked: unknown) => {
    const action = playground.actions[name];
    assert.ok(action, `no action ${name}`);
    return action(asked);
  };
  /** Waits until a record is as wanted. */
  const until = (wanted: (record: TraceRecord) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!records.some(wanted)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  /** A server that is not ours: what it hears, and how the connection ends. */
  const peer = createServer({ allowHalfOpen: true });
  let peerPort = 0;
  before(async () => {
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    peerPort = (peer.address() as { readonly port: number }).port;
  });
  after(async () => {
    await playground.close();
    peer.close();
  });

  const send = (others: object) =>
    ask("send", {
      host: "127.0.0.1",
      port: peerPort,
      pieces: [{ bytes: base64("hi") }],
      end: "fin",
      ...others,
    });

  test("a server starts on loopback, is told to the page, and stops", async () => {
    const server = (await ask("start", { kind: "echo", model: "event-loop" })) as PlayServer;
    assert.equal(server.host, "127.0.0.1");
    assert.deepEqual(servers, [server]);
    await ask("stop", { id: server.id });
    assert.deepEqual(servers, []);
    await assert.rejects(ask("stop", { id: server.id }), ActionError);
    await assert.rejects(ask("clients", { id: server.id, count: 1, slow: 0, slowMs: 0 }), ActionError);
  });

  test("the connection that warms a server up is in no record", async () => {
    const before = records.length;
    const server = (await ask("start", { kind: "http", model: "sequential" })) as PlayServer;
    assert.equal(records.length, before);
    await ask("stop", { id: server.id });
  });

  test("each client is told by its port, and its conversation is recorded at both ends", async () => {
    const server = (await ask("start", { kind: "echo", model: "event-loop" })) as PlayServer;
    const { clients } = (await ask("clients", { id: server.id, count: 3, slow: 1, slowMs: 40 })) as {
      readonly clients: readonly { readonly port: number; readonly slow: boolean }[];
    };
    assert.deepEqual(
      clients.map(({ slow }) => slow),
      [true, false, false],
    );
    for (const { port } of clients) {
      await until(
        (record) =>
          record.type === "connection" &&
          record.event.kind === "accepted" &&
          "port" in record.event.remote &&
          record.event.remote.port === port,
      );
    }
    const closed = () =>
      records.filter((record) => record.type === "connection" && record.event.kind === "closed").length;
    await until(() => closed() >= 6);
    await ask("stop", { id: server.id });
  });

  test("a message is sent in its pieces, and ends with FIN", async () => {
    const connected = once(peer, "connection") as Promise<[Socket]>;
    const begun = (await send({
      pieces: [{ bytes: base64("a\xff") }, { bytes: base64("b"), waitMs: 60 }],
    })) as Begun;
    const [socket] = await connected;
    assert.equal(socket.remotePort, begun.client.port);
    const chunks: string[] = [];
    for await (const chunk of socket) chunks.push(chunk.toString("latin1"));
    assert.deepEqual(chunks, ["a\xff", "b"]);
    socket.end();
  });

  test("a message ends with RST, if that was asked for", async () => {
    const connected = once(peer, "connection") as Promise<[Socket]>;
    await send({ end: "rst" });
    const [socket] = await connected;
    // Node 20 and 22 may take a RST that comes with bytes for an end: the record of the client tells them apart.
    socket.on("error", () => {});
    socket.resume();
    await until((record) => record.type === "connection" && record.event.kind === "abort");
    socket.destroy();
  });

  test("nothing is sent to another machine", async () => {
    for (const host of ["example.com", "192.168.0.1", "0.0.0.0", "127.0.0.1.example.com", "", "::", 7, null])
      await assert.rejects(send({ host }), /loopback alone/);
  });

  test("a port where nobody listens is told in a sentence", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as { readonly port: number };
    gone.close();
    await once(gone, "close");
    await assert.rejects(
      send({ port }),
      (error) => error instanceof ActionError && /refused/i.test(error.message),
    );
  });

  test("what is asked for is checked, member by member", async () => {
    for (const wrong of [
      { port: 0 },
      { port: 65_536 },
      { port: "80" },
      { end: "hang" },
      { pieces: "hi" },
      { pieces: [7] },
      { pieces: [{ bytes: "?" }] },
      { pieces: [{ bytes: "", waitMs: -1 }] },
      { pieces: [{ bytes: "", waitMs: 1e9 }] },
      { pieces: Array.from({ length: 201 }, () => ({ bytes: "" })) },
    ])
      await assert.rejects(send(wrong), ActionError, JSON.stringify(wrong).slice(0, 60));
    for (const asked of [null, [], "start", 1]) await assert.rejects(ask("start", asked), ActionError);
    await assert.rejects(ask("start", { kind: "echo", model: "constructor" }), ActionError);
    await assert.rejects(ask("start", { kind: "http", model: "threads" }), ActionError);
    await assert.rejects(ask("start", { kind: "echo", model: "threads", workers: 9 }), ActionError);
  });

  test("only so many servers run at a time", async () => {
    const started: PlayServer[] = [];
    for (let i = 0; i < 8; i++)
      started.push((await ask("start", { kind: "echo", model: "event-loop" })) as PlayServer);
    await assert.rejects(ask("start", { kind: "echo", model: "event-loop" }), /stop one first/);
    for (const { id } of started) await ask("stop", { id });
  });
});
