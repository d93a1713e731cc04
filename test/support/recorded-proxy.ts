import assert from "node:assert/strict";
import { join } from "node:path";
import { type RunningCli, runCli, startCli } from "./cli.ts";

/** A `wirepane proxy` that records to a file. */
export interface RecordedProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly file: string;
  /** Stops the proxy: its recording is complete. */
  stop(): Promise<void>;
  /** What `wirepane trace grep` finds in the recording, a line each. The proxy has stopped. */
  grep(filter: string): Promise<string[]>;
}

/** @param words what stands behind `wirepane proxy 0`. @param folder for the recording. */
export async function recordedProxy(
  folder: string,
  name: string,
  ...words: string[]
): Promise<RecordedProxy> {
  const file = join(folder, `${name}.ndjson`);
  const command: RunningCli = startCli(["proxy", "0", ...words, "--record", file, "--reveal"]);
  const [, digits] = await command.waitFor(/proxy on 127\.0\.0\.1:(\d+) leads/);
  const port = Number(digits);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    file,
    async stop() {
      command.child.kill("SIGINT");
      // A client may keep its connection for later: it is not waited for.
      const [, ends] = await command.waitFor(/\nstopp(ed|ing): /);
      if (ends === "ing") command.child.kill("SIGINT");
      const { code, stderr } = await command.ended;
      assert.ok(code === 0 || (code === 130 && ends === "ing"), stderr);
    },
    async grep(filter) {
      const { stdout, stderr, code } = await runCli(["trace", "grep", "--reveal", filter, file]);
      assert.ok(code === 0 || code === 1, stderr);
      return String(stdout).split("\n").filter(Boolean);
    },
    [Symbol.asyncDispose]: () => command[Symbol.asyncDispose](),
  };
}
