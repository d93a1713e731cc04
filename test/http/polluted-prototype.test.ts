import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { echo } from "../../src/tcp/echo.ts";
import { listen } from "../../src/tcp/listen.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { rawServer } from "./raw-server.ts";

interface Seen {
  /** Each request that the client sent, in order. */
  readonly requests: readonly string[];
  readonly results: readonly unknown[];
  /** The answer of the server in the same process. */
  readonly answer: string;
}

test("what stands on Object.prototype is no option: the same bytes are sent, the same certificate is refused", async () => {
  const clean = await seen("clean");
  assert.deepEqual(clean.results, ["ok", "ok", "ok", "ok", "ok", "ok", "ok", "TLS_VERIFY", OK]);
  assert.equal(clean.requests.length, 9);
  assert.match(clean.answer, /\r\n\r\nserved$/);
  assert.deepEqual(await seen("polluted"), clean);
});

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const MOVED = "HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\n\r\n";

async function seen(how: "clean" | "polluted"): Promise<Seen> {
  const requests: string[] = [];
  await using server = await rawServer(async (peer) => {
    for (let head = await peer.head(); head !== ""; head = await peer.head().catch(() => "")) {
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      // The port differs from run to run.
      requests.push((head + (await peer.take(length))).replace(/127\.0\.0\.1:\d+/, "127.0.0.1"));
      peer.send(head.includes("/redirect") ? MOVED : OK);
    }
  });
  await using secure = await listen({ tls: CERTIFICATE, handler: echo });
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL(`../support/polluted-child${import.meta.url.slice(-3)}`, import.meta.url)),
      how,
      String(server.port),
      String((secure.address as { port: number }).port),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  try {
    const [line] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    const { results, port } = JSON.parse(String(line)) as { results: unknown[]; port: number };
    return { requests, results, answer: await answerOf(port) };
  } finally {
    child.kill();
  }
}

async function answerOf(port: number): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}
