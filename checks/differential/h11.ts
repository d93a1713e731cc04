import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../test/support/root.ts";
import { findPeer } from "../../tools/peers.js";
import type { Input } from "./input.ts";
import type { Verdict } from "./verdict.ts";

const DRIVER = fileURLToPath(new URL("checks/differential/h11_driver.py", ROOT));

/** h11 in a Python process of its own. It reads inputs in batches. */
export class H11 {
  readonly version: string;
  readonly #child: ChildProcess;
  readonly #waiting: { resolve(verdicts: Verdict[]): void; reject(error: Error): void }[] = [];
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Look at the received bytes again only when there are this many. */
  #wanted = 4;

  /** `undefined` if no Python with h11 is installed. */
  static start(): H11 | undefined {
    const python = findPeer("h11");
    return python === undefined ? undefined : new H11(python);
  }

  private constructor(python: string) {
    const { stdout } = spawnSync(python, ["-c", "import h11; print(h11.__version__)"], { encoding: "utf8" });
    this.version = stdout.trim();
    this.#child = spawn(python, [DRIVER], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (bytes: Buffer) => this.#receive(bytes));
    this.#child.on("error", (error) => this.#fail(error));
    this.#child.on("close", (code) => this.#fail(new Error(`h11's driver ended with code ${code}`)));
    // "close" reports that the process ended.
    this.#child.stdin?.on("error", () => {});
  }

  read(inputs: readonly Input[]): Promise<Verdict[]> {
    const pieces = [number(inputs.length)];
    for (const { reads, asked, text } of inputs) {
      const octets = Buffer.from(`${reads === "request" ? "q" : "s"}${asked.join(",")}\n${text}`, "latin1");
      pieces.push(number(octets.length), octets);
    }
    this.#child.stdin?.write(Buffer.concat(pieces));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  stop(): void {
    this.#child.removeAllListeners("close");
    this.#child.kill();
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
    while (this.#receivedBytes >= this.#wanted) {
      const all = Buffer.concat(this.#received);
      const batch = readBatch(all);
      this.#received = [all];
      if (typeof batch === "number") {
        this.#wanted = batch;
        return;
      }
      this.#received = [all.subarray(batch.end)];
      this.#receivedBytes -= batch.end;
      this.#wanted = 4;
      this.#waiting.shift()?.resolve(batch.verdicts);
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** A complete batch and where it ends, or the number of bytes to wait for. */
function readBatch(bytes: Buffer): { verdicts: Verdict[]; end: number } | number {
  const verdicts: Verdict[] = [];
  const count = bytes.readUInt32BE(0);
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (bytes.length < at + 4) return at + 4;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (bytes.length < end) return end;
    const octets = bytes.toString("latin1", at + 4, end);
    const textEnd = octets.lastIndexOf("\0");
    verdicts.push({ text: octets.slice(0, textEnd), reason: octets.slice(textEnd + 1) });
    at = end;
  }
  return { verdicts, end: at };
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
