import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import type { RequestInput } from "../../src/http/client/messages.ts";
import { type Clock, systemClock } from "../../src/tcp/clock.ts";
import { type Peer, rawServer } from "./raw-server.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** The system's clock, with a count of the timers that are set. */
function countingClock(): { readonly clock: Clock; readonly pending: () => number } {
  let pending = 0;
  const after: Clock["after"] = (ms, expired) => {
    let isPending = true;
    const settle = (): void => {
      if (isPending) pending--;
      isPending = false;
    };
    pending++;
    const clear = systemClock.after(ms, () => {
      settle();
      expired();
    });
    return () => {
      settle();
      clear();
    };
  };
  return { clock: { ...systemClock, after }, pending: () => pending };
}

type Ending = readonly [how: string, serve: (peer: Peer) => unknown, input?: Partial<RequestInput>];

const ENDINGS: readonly Ending[] = [
  ["is answered", (peer) => peer.send(OK)],
  ["is answered without a content", (peer) => peer.send("HTTP/1.1 204 No Content\r\n\r\n")],
  ["is answered up to the end of its connection", (peer) => peer.send("HTTP/1.1 200 OK\r\n\r\nok").end()],
  ["gets no answer", (peer) => peer.end()],
  ["gets half an answer", (peer) => peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok").end()],
  ["gets an answer that breaks a rule", (peer) => peer.send("HTTP/1.1 200 OK\r\nA : b\r\n\r\n")],
  ["cannot be sent", () => {}, { fields: { A: "b\r\nC: d" } }],
  [
    "becomes another protocol",
    (peer) => peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
    { fields: { Connection: "upgrade", Upgrade: "x" } },
  ],
];

for (const [how, serve, input] of ENDINGS) {
  test(`a request that ${how} leaves no timer behind, and does not listen to its signal`, async () => {
    await using server = await rawServer(async (peer) => {
      await peer.head();
      serve(peer);
    });
    const { clock, pending } = countingClock();
    await using client = new HttpClient({ clock });
    const { signal } = new AbortController();
    const request = client.request({ url: server.url, signal, timeoutMs: 60_000, ...input });
    await request.then((response) => response.bytes()).catch(() => {});
    assert.equal(pending(), 0);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    (await request.catch(() => undefined))?.upgraded?.abort();
  });
}
