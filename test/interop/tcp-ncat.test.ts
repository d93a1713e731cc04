import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { utf8 } from "../../src/bytes/text.ts";
import { parseArguments } from "../../src/cli/arguments.ts";
import { UnknownOption } from "../../src/cli/exit-codes.ts";
import { unknownOption } from "../../src/cli/unknown-option.ts";
import { connect } from "../../src/tcp/connect.ts";
import { type Listener, listen } from "../../src/tcp/listen.ts";
import { MODEL_NAMES } from "../../src/tcp/models/model.ts";
import { moduleUrl } from "../../src/tcp/models/workers/module-url.ts";
import { freePort } from "../../tools/free-port.js";
import { CERTIFICATE } from "../support/certificate.ts";
import { requirePeer } from "../support/peers.ts";

const echo = { module: moduleUrl("tcp/handlers/echo") };

function portOf(listener: Listener): string {
  return String((listener.address as { port: number }).port);
}

/** Runs ncat with this input and then EOF. Returns what it printed. */
async function ncat(args: readonly string[], input: string): Promise<string> {
  const child = spawn(requirePeer("ncat"), args, { stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  child.stdin.end(input);
  await once(child, "close");
  return printed;
}

for (const model of MODEL_NAMES) {
  test(`ncat gets its echo from the ${model} model`, async () => {
    await using listener = await listen({ model, workers: 2, handler: echo });
    assert.equal(await ncat(["127.0.0.1", portOf(listener)], "hello\n"), "hello\n");
  });
}

test("ncat --ssl gets its echo", async () => {
  await using listener = await listen({ tls: CERTIFICATE, handler: echo });
  assert.equal(await ncat(["--ssl", "127.0.0.1", portOf(listener)], "secret\n"), "secret\n");
});

test("we talk with a listening ncat, and see its end", async () => {
  const port = await freePort();
  const child = spawn(requirePeer("ncat"), ["-v", "-l", "127.0.0.1", String(port)], { stdio: "pipe" });
  await heard(child.stderr, /Listening on/);
  const connection = await connect({ port });
  await connection.write("from us\n");
  await heard(child.stdout, /from us\n/);
  child.stdin.end("from ncat\n");
  assert.equal(utf8((await connection.read()) ?? new Uint8Array()), "from ncat\n");
  await connection.end();
  await once(child, "close");
});

async function heard(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<void> {
  let text = "";
  for (;;) {
    const [chunk] = await once(stream, "data");
    text += chunk;
    if (pattern.test(text)) return;
  }
}

test("every option of this ncat is one of ours, or is known as one of ncat's", async () => {
  const help = await ncat(["--help"], "");
  const options = [...help.matchAll(/^ +(?:(-\w)\b,? *)?(--[\w-]+)?/gm)].flatMap(([, short, long]) => [
    short,
    long,
  ]);
  assert.ok(options.filter((option) => option !== undefined).length > 60);
  for (const command of ["listen", "connect"] as const) {
    for (const option of options) {
      if (option === undefined || /^(?:-h|--help)$/.test(option) || isOurs(command, option)) continue;
      const said = unknownOption(new UnknownOption(command, option));
      assert.match(said, /ncat's \S+ (?:\(\S+\) )?is not here/, option);
    }
  }
});

function isOurs(command: "listen" | "connect", option: string): boolean {
  try {
    parseArguments(command, [option, "value"]);
    return true;
  } catch (error) {
    if (error instanceof UnknownOption) return false;
    throw error;
  }
}
