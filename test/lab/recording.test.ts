import assert from "node:assert/strict";
import { test } from "node:test";
import { Recording } from "../../src/lab/model/recording.ts";
import type { ConnectionRecord, TraceRecord } from "../../src/trace/record.ts";

const client = { family: "IPv4", host: "127.0.0.1", port: 50_000 } as const;
const server = { family: "IPv4", host: "127.0.0.1", port: 7 } as const;

const event = (
  connection: number,
  role: "client" | "server",
  event: ConnectionRecord["event"],
): TraceRecord => ({
  v: 1,
  t: connection,
  connection,
  role,
  type: "connection",
  event,
});
const bytes = (connection: number, role: "client" | "server", direction: "in" | "out"): TraceRecord => ({
  v: 1,
  t: 5,
  connection,
  role,
  type: "bytes",
  direction,
  offset: 0,
  bytes: Uint8Array.of(1),
});

const begun = event(1, "client", { kind: "attempt", remote: server });
const connected = event(1, "client", { kind: "connected", local: client, remote: server });
const accepted = event(2, "server", { kind: "accepted", local: server, remote: client });

for (const [name, opening] of [
  ["the server accepts before the client knows", [begun, accepted, connected]],
  ["the server accepts later, as one that was busy", [begun, connected, accepted]],
  ["the client's attempt was not recorded", [accepted, connected]],
] as const)
  test(`both ends are one conversation, with all that follows: ${name}`, () => {
    const recording = new Recording();
    const records = [...opening, bytes(1, "client", "out"), bytes(2, "server", "in")];
    for (const record of records) recording.add(record);
    assert.equal(recording.conversations.length, 1);
    const [conversation] = recording.conversations;
    assert.equal(conversation?.records.length, records.length);
    assert.equal(conversation?.ends.server?.bytesIn, 1);
  });
