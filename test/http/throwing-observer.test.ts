import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HttpClient } from "../../src/http/client/client.ts";
import { text } from "../../src/http/server/handler.ts";
import { serve } from "../../src/http/server/server.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import type { Http1Observer } from "../../src/http1/observer.ts";
import type { TcpObserver } from "../../src/tcp/observer.ts";
import { settled } from "./raw-client.ts";

let uncaught: unknown[] = [];
before(() => process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error)));
after(() => process.setUncaughtExceptionCaptureCallback(null));

/** Throws at every call, each time another error. */
class Thrower implements TcpObserver, Http1Observer {
  readonly thrown: Error[] = [];

  connection({ kind }: { readonly kind: string }): void {
    this.#throw(kind);
  }

  span(_direction: string, rule: string): void {
    this.#throw(rule);
  }

  transition(): void {
    this.#throw("transition");
  }

  get last(): string | undefined {
    return this.thrown.at(-1)?.message;
  }

  #throw(what: string): void {
    const error = new Error(`at ${what}`);
    this.thrown.push(error);
    throw error;
  }
}

test("observers that throw at every event change nothing; each error surfaces once, as uncaught", async () => {
  uncaught = [];
  const observers: Thrower[] = [];
  const observe = () => {
    observers.push(new Thrower());
    return observers.at(-1);
  };
  const thrower = new Thrower();
  {
    await using server = await serve({
      handler: async (request) => text(`[${await request.text()}]`),
      observe,
      onExchange: () => thrower.transition(),
      onRefused: () => thrower.transition(),
      onConnection: () => thrower.transition(),
      onClosed: () => thrower.transition(),
    });
    await using client = new HttpClient({ observe });
    for (const body of ["one", "two"]) {
      const response = await client.request({ url: server.url, method: "POST", body });
      assert.equal(await response.text(), `[${body}]`);
    }
  }
  while (!observers.every(({ last }) => last === "at closed")) await settled();
  await settled();
  const thrown = [...observers, thrower].flatMap((observer) => observer.thrown);
  const messages = new Set(thrown.map(({ message }) => message));
  for (const event of [
    "accepted",
    "connected",
    "read",
    "write",
    "method",
    "content",
    "transition",
    "closed",
  ]) {
    assert.ok(messages.has(`at ${event}`), `${event} is not among ${[...messages].join(", ")}`);
  }
  assert.equal(thrower.thrown.length, 4, "two exchanges on one connection");
  assert.deepEqual(new Set(uncaught), new Set(thrown));
  assert.equal(uncaught.length, thrown.length);
});

test("an observer that throws within a parser's event leaves the same events behind", async () => {
  uncaught = [];
  const wire = new TextEncoder().encode(
    "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nX: y\r\n\r\n",
  );
  const eventsOf = (observer: Http1Observer | undefined): unknown[] => {
    const connection = new Http1Connection({ role: "server", observer });
    const events: unknown[] = [];
    for (const octet of wire) {
      connection.receive(Uint8Array.of(octet));
      for (;;) {
        const event = connection.nextEvent();
        if (event === NEED_DATA || event === PAUSED) break;
        events.push(structuredClone(event));
      }
    }
    return [...events, connection.peerState];
  };
  const thrower = new Thrower();
  assert.deepEqual(eventsOf(thrower), eventsOf(undefined));
  await settled();
  assert.ok(thrower.thrown.length > 20);
  assert.deepEqual(uncaught, thrower.thrown);
});
