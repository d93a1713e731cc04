import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { handler as echo } from "../../src/tcp/handlers/echo.ts";
import { listen } from "../../src/tcp/listen.ts";
import type { ClosedInfo } from "../../src/tcp/models/model.ts";
import { ManualClock } from "../http/raw-client.ts";
import { CERTIFICATE } from "../support/certificate.ts";

test("a server that stops does not wait for a handshake, and closes its connection", async () => {
  let accepted = (): void => {};
  const begun = new Promise<void>((resolve) => {
    accepted = resolve;
  });
  const closed: ClosedInfo[] = [];
  const listener = await listen({
    handler: echo,
    tls: CERTIFICATE,
    // The clock of this listener stands still, so no handshake is ever late.
    clock: new ManualClock(),
    observe: () => ({ connection: ({ kind }) => kind === "accepted" && accepted() }),
    onClosed: (info) => closed.push(info),
  });
  const { port } = listener.address as { port: number };
  const client = net.connect(port, "127.0.0.1").on("error", () => {});
  const over = once(client.resume(), "close");
  await begun;
  await listener.stop();
  await over;
  assert.deepEqual(
    closed.map(({ reason }) => reason.error?.code),
    ["DRAINING"],
  );
});
