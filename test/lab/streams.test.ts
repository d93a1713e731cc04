import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation } from "../../src/lab/model/conversation.ts";
import { Recording } from "../../src/lab/model/recording.ts";
import { SCRIPTS, type Script } from "../../src/lab/model/scripts.ts";
import { run } from "../../src/lab/model/stepping.ts";
import { pathTo, streamOf } from "../../src/lab/model/streams.ts";

const byHand: Script = {
  name: "by hand",
  about: "",
  client: [{ does: "write", after: 0, text: "GET /a HTTP/1.1\r\nHost: b\r\n\r\n" }],
  server: [],
};

function conversationOf(script: Script, steps?: number): Conversation {
  const recording = new Recording();
  const cuts = { client: new Set<number>(), server: new Set<number>() };
  for (const record of run({ script, cuts, slowWire: false }, steps).records) recording.add(record);
  return recording.conversations[0] as Conversation;
}

test("what an end wrote by hand is told apart as the other end read it", () => {
  const stream = streamOf(conversationOf(byHand), "client", 0, "client");
  assert.equal(stream?.seenBy, "client");
  const path = pathTo(stream?.nodes ?? [], 4);
  assert.deepEqual(
    path.map(({ kind }) => kind),
    ["request", "request-line", "request-target"],
  );
});

test("what nobody has read yet is data", () => {
  // The connection takes two steps; in the third one the client writes.
  const stream = streamOf(conversationOf(byHand, 3), "client", 0, "client");
  assert.deepEqual(
    stream?.nodes.map(({ kind }) => kind),
    ["data"],
  );
});

test("each end's own records come first", () => {
  const conversation = conversationOf(SCRIPTS[0] as Script);
  for (const seenBy of ["client", "server"] as const) {
    const stream = streamOf(conversation, "server", 0, seenBy);
    assert.equal(stream?.seenBy, seenBy);
    assert.equal(stream?.nodes[0]?.kind, "response");
  }
});
