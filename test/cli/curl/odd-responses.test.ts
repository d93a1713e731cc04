import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { curlExitCode } from "../../../src/cli/curl/exit-codes.ts";
import { AS_CURL, CURL_LIMITS } from "../../../src/cli/curl/leniency.ts";
import { Wire } from "../../../src/cli/curl/wire.ts";
import { HttpClient } from "../../../src/http/client/client.ts";
import { ROOT } from "../../support/root.ts";
import { DIFFERENT, type Outcome } from "./different.ts";
import { ODD_RESPONSES, type OddResponse } from "./odd-responses.ts";
import { oddServer } from "./odd-server.ts";

/*
 * What the command makes of odd responses, beside what curl 8.23 made of them. CURL=/path/to/curl asks that curl again,
 * and writes its answers down.
 */

const FILE = new URL("test/cli/curl/odd-responses.json", ROOT);
const MAX_SHOWN = 600;

function shown(exit: number, bytes: Buffer): Outcome {
  const text = bytes.toString("latin1");
  if (text.length <= MAX_SHOWN) return { exit, out: text };
  return {
    exit,
    out: `${text.length} bytes, ${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`,
  };
}

const UPLOAD = "x".repeat(900_000);
const asksTwice = ({ two, keep }: OddResponse): boolean => two === true || keep === true;

async function curl(program: string, response: OddResponse): Promise<Outcome> {
  await using server = await oddServer(response);
  const urls = asksTwice(response) ? [server.url, server.url] : [server.url];
  const upload = response.upload ? ["-d", "@-"] : [];
  const args = ["-q", "-sS", "-i", "-m", "5", ...(response.args ?? []), ...upload, ...urls];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {}); // curl does not read all of it
  child.stdin.end(response.upload ? UPLOAD : "");
  const out: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
  const [exit] = (await once(child, "close")) as [number];
  return shown(exit, Buffer.concat(out));
}

async function ours(response: OddResponse): Promise<Outcome> {
  await using server = await oddServer(response);
  const has = (option: string) => response.args?.includes(option) === true;
  const leniency = {
    ...AS_CURL,
    http09: has("--http0.9"),
    ignoreContentLength: has("--ignore-content-length"),
    otherCodings: has("--tr-encoding") || has("--raw"),
  };
  const out: Uint8Array[] = [];
  const wire = new Wire({
    now: () => performance.now(),
    leniency,
    onHeadLine: (line) => out.push(line),
    ...(has("--raw") && { onRawBody: (bytes) => out.push(bytes) }),
  });
  await using client = new HttpClient({
    leniency,
    limits: CURL_LIMITS,
    decodeLimits: { maxCodings: 5 },
    observe: () => wire.observe(),
  });
  let exit = 0;
  for (let i = 0; i < (asksTwice(response) ? 2 : 1); i++) {
    exit = 0;
    wire.next();
    try {
      const answer = await client.request({
        url: server.url,
        method: has("-I") ? "HEAD" : response.upload ? "POST" : "GET",
        decode: has("--compressed"),
        timeoutMs: 60_000, // ends what hangs: no response is meant to take so long
        ...(response.upload && { body: UPLOAD }),
      });
      if (has("--raw")) await answer.bytes();
      else for await (const bytes of answer.body) out.push(bytes);
    } catch (error) {
      exit = curlExitCode(error);
    }
    wire.finish();
  }
  return shown(exit, Buffer.concat(out));
}

test("odd responses end as with curl 8.23, except for those that differ on purpose", {
  concurrency: 8,
}, async (t) => {
  const program = process.env.CURL;
  const cases = [...ODD_RESPONSES];
  if (program !== undefined) {
    const answers: Record<string, Outcome> = {};
    for (const [name, response] of cases) answers[name] = await curl(program, response);
    writeFileSync(FILE, `${JSON.stringify(answers, undefined, 2)}\n`);
  }
  const answers: Record<string, Outcome> = JSON.parse(readFileSync(FILE, "utf8"));
  const checks = cases.map(([name, response]) =>
    t.test(name, async () => assert.deepEqual(await ours(response), DIFFERENT[name] ?? answers[name])),
  );
  await Promise.all(checks);
  for (const [name, outcome] of Object.entries(DIFFERENT)) assert.notDeepEqual(outcome, answers[name], name);
});
