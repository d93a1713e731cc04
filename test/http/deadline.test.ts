import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "../../src/http/deadline.ts";
import { ManualClock } from "./raw-client.ts";

function recording() {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const expired: string[] = [];
  return { clock, expired, create: (name: string) => deadlines.create(() => expired.push(name)) };
}

test("a deadline expires once, at the first tick after its time", () => {
  const { clock, expired, create } = recording();
  create("a").set(100);
  clock.advance(99);
  assert.deepEqual(expired, []);
  clock.advance(1);
  clock.advance(1000);
  assert.deepEqual(expired, ["a"]);
});

test("a deadline that is moved expires at its last time, a cleared one never", () => {
  const { clock, expired, create } = recording();
  const moved = create("moved");
  const cleared = create("cleared");
  moved.set(100);
  cleared.set(100);
  clock.advance(50);
  moved.set(100);
  cleared.clear();
  clock.advance(60);
  assert.deepEqual(expired, []);
  clock.advance(40);
  assert.deepEqual(expired, ["moved"]);
});

test("a deadline may be set again when it expires", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  let times = 0;
  const again = deadlines.create(() => {
    if (++times < 3) again.set(100);
  });
  again.set(100);
  for (let i = 0; i < 10; i++) clock.advance(100);
  assert.equal(times, 3);
});

test("the timer runs only while a deadline is set", () => {
  const { clock, create } = recording();
  assert.equal(clock.running, false);
  const one = create("one");
  one.set(100);
  assert.equal(clock.running, true);
  one.clear();
  clock.advance(1);
  assert.equal(clock.running, false);
  one.set(100);
  assert.equal(clock.running, true);
});
