import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { utf8 } from "../../src/bytes/text.ts";
import { connect } from "../../src/tcp/connect.ts";
import { listen } from "../../src/tcp/listen.ts";
import type { WorkerEvent } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";

const directory = mkdtempSync(join(tmpdir(), "wirepane-"));
after(() => rmSync(directory, { recursive: true }));

for (const model of ["threads", "processes"] as const) {
  test(`a worker that dies five times in ten seconds is given up, with its reason (${model})`, async () => {
    const module = join(directory, "dies-at-once.mjs");
    writeFileSync(module, "process.exit(3);");
    const events: WorkerEvent[] = [];
    await assert.rejects(
      listen({ model, workers: 1, handler: { module }, onWorker: (event) => events.push(event) }),
      { code: "WORKER_LOST", message: /^worker 1: exit code 3; it died 5 times in 10 s/ },
    );
    assert.deepEqual(
      events.map((event) => (event.kind === "lost" ? event.restartInMs : event.kind)),
      [100, 200, 400, 800, "given-up"],
    );
  });
}

test("a signal to the whole process group leaves the children to the parent, which drains first", async () => {
  await using listener = await listen({
    model: "processes",
    workers: 1,
    handler: { module: moduleUrl("tcp/handlers/echo") },
  });
  const connection = await connect({ port: (listener.address as { port: number }).port });
  const ask = async (question: string) => {
    await connection.write(question);
    return utf8((await connection.read()) ?? new Uint8Array());
  };
  assert.equal(await ask("before"), "before");
  const pid = listener.workers[0]?.pid as number;
  process.kill(pid, "SIGINT");
  process.kill(pid, "SIGTERM");
  assert.equal(await ask("after"), "after");
  await connection.end();
  assert.deepEqual(await listener.stop(), { drained: true, aborted: 0 });
});

test("a child that is killed takes its connections along, as WORKER_LOST", async () => {
  let report: (code: string | undefined) => void = () => {};
  const reported = new Promise<string | undefined>((resolve) => {
    report = resolve;
  });
  await using listener = await listen({
    model: "processes",
    workers: 1,
    handler: { module: moduleUrl("tcp/handlers/echo") },
    onClosed: ({ reason }) => report(reason.error?.code),
  });
  await using connection = await connect({ port: (listener.address as { port: number }).port });
  await connection.write("x");
  await connection.read();
  process.kill(listener.workers[0]?.pid as number, "SIGKILL");
  assert.equal(await reported, "WORKER_LOST");
  assert.equal(listener.open, 0);
});
