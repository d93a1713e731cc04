import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CERTIFICATE } from "../support/certificate.ts";
import { ROOT } from "../support/root.ts";

// In a program that does nothing else, only the channel to the worker is left to wait for.
test("a listener of processes is closed also when the end of a worker's channel comes late", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wirepane-late-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const handler = join(directory, "handler.mjs");
  // A program of the handler holds the channel (descriptor 3) longer than the worker lives.
  writeFileSync(
    handler,
    `import { spawn } from "node:child_process";
     spawn("sleep", ["1"], { detached: true, stdio: ["ignore", "ignore", "ignore", 3] });
     export function handler() {}\n`,
  );
  // A setup that does not fit into the channel at once. Text before a PEM block is skipped (RFC 7468 §2).
  const tls = { ...CERTIFICATE, cert: `${"-\n".repeat(500_000)}${CERTIFICATE.cert}` };
  const program = `
    import { listen } from ${JSON.stringify(new URL("dist/tcp.js", ROOT).href)};
    const module = new URL(${JSON.stringify(pathToFileURL(handler).href)});
    const tls = ${JSON.stringify(tls)};
    const listener = await listen({ model: "processes", workers: 1, handler: { module }, tls });
    await listener.close();
    console.log("closed");`;
  const file = join(directory, "program.mjs");
  writeFileSync(file, program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: fileURLToPath(ROOT),
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "closed\n", stderr: "" });
});
