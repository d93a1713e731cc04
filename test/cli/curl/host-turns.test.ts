import assert from "node:assert/strict";
import { test } from "node:test";
import { HostTurns } from "../../../src/cli/curl/host-turns.ts";

/** Asks for turns, and keeps the names of those that began. */
function turnsOf(most: number) {
  const turns = new HostTurns(most);
  const begun: string[] = [];
  const ask = (name: string, host: string, follows = true) =>
    void turns.begin(host, follows).then(() => begun.push(name));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { turns, begun, ask, settled };
}

test("the first transfer to a host is alone until it is over, those to another host are not kept", async () => {
  const { turns, begun, ask, settled } = turnsOf(Number.POSITIVE_INFINITY);
  for (const name of ["a", "b", "c"]) ask(name, "one");
  ask("d", "two");
  ask("e", "one", false);
  await settled();
  assert.deepEqual(begun, ["a", "d", "e"]);
  turns.end("one");
  await settled();
  assert.deepEqual(begun, ["a", "d", "e", "b", "c"]);
});

test("no more than so many to one host at a time", async () => {
  const { turns, begun, ask, settled } = turnsOf(1);
  for (const name of ["a", "b", "c"]) ask(name, "one", false);
  await settled();
  assert.deepEqual(begun, ["a"]);
  turns.end("one");
  await settled();
  assert.deepEqual(begun, ["a", "b"]);
});

test("a long first transfer does not keep the others waiting", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { begun, ask, settled } = turnsOf(Number.POSITIVE_INFINITY);
  for (const name of ["a", "b", "c"]) ask(name, "one");
  await settled();
  assert.deepEqual(begun, ["a"]);
  t.mock.timers.tick(1000);
  await settled();
  assert.deepEqual(begun, ["a", "b", "c"]);
});
