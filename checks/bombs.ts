import { execFile } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { BombReport } from "./bombs/child.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";

export const check: Check = {
  promise: "a content that grows when it is decoded is refused or discarded, and takes no more than 32 MiB",
  runs: { quick: 1, full: 1, long: 20 },
  run,
};

const MIB = 1024 * 1024;
const MAX_GROWTH_BYTES = 32 * MIB;
const ZEROS = new Uint8Array(64 * MIB);
const TIMEOUT_MS = 300_000;

type Code = (bytes: Uint8Array) => Uint8Array;

/** What the types of Node 20 lack. */
const zstd = (zlib as unknown as { readonly zstdCompressSync?: Code }).zstdCompressSync;

function coders(): ReadonlyMap<string, Code> {
  const fast = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };
  return new Map<string, Code>([
    ["gzip", (bytes) => zlib.gzipSync(bytes)],
    ["deflate", (bytes) => zlib.deflateSync(bytes)],
    ["br", (bytes) => zlib.brotliCompressSync(bytes, fast)],
    ...(zstd === undefined ? [] : [["zstd", (bytes: Uint8Array) => zstd(bytes)] as const]),
  ]);
}

/** Each coding once and twice: its name, as Content-Encoding has it, and 64 MiB of zeros in it. */
function bombs(): Map<string, Uint8Array> {
  const made = new Map<string, Uint8Array>();
  for (const [coding, code] of coders()) {
    const once = code(ZEROS);
    made.set(coding, once);
    made.set(`${coding},${coding}`, code(once));
  }
  return made;
}

const STATUS: Readonly<Record<string, number>> = { normal: 200, redirect: 302, error: 500, half: 200 };

async function run({ runs, print }: CheckOptions): Promise<CheckResult> {
  const contents = bombs();
  const server = http.createServer((request, response) => {
    const [, coding = "", place = ""] = (request.url ?? "").split("/");
    const content = contents.get(coding);
    if (content === undefined) {
      response.end("small");
      return;
    }
    response.writeHead(STATUS[place] ?? 404, { "Content-Encoding": coding, Location: "/small" });
    response.end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const module = fileURLToPath(new URL(`./bombs/child${import.meta.url.slice(-3)}`, import.meta.url));
    const args = [
      "--expose-gc",
      module,
      `http://127.0.0.1:${port}`,
      String(runs),
      [...contents.keys()].join(";"),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS });
    return judged(JSON.parse(stdout) as BombReport[], print);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function judged(reports: readonly BombReport[], print: (line: string) => void): CheckResult {
  let most = 0;
  let broken = 0;
  for (const { name, outcome, growthBytes } of reports) {
    most = Math.max(most, growthBytes);
    const wanted = /(normal|error)$/.test(name) ? "DECODE_BOMB" : "discarded";
    if (outcome === wanted && growthBytes <= MAX_GROWTH_BYTES) continue;
    broken++;
    print(`✗ ${name}: ${outcome}, ${(growthBytes / MIB).toFixed(1)} MiB more memory`);
  }
  const figures = `${reports.length} bombs, at most ${(most / MIB).toFixed(1)} MiB more memory, ${broken} wrong`;
  return { passed: broken === 0 && reports.length > 0, figures };
}
