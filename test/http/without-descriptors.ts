// without-descriptors DIR: requests files of DIR while this process has no descriptor left, and again when it has some.
// Prints each target with its status and the code of the reported error. Targets outside DIR are answered both times.
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { staticFiles } from "../../src/http/server/files/static-files.ts";
import { text } from "../../src/http/server/handler.ts";
import { firstOf } from "../../src/http/server/router.ts";
import { rawClient } from "./raw-client.ts";

const handler = firstOf(staticFiles(process.argv[2] ?? "", { listing: true }), () => text("elsewhere"));

async function ask(target: string): Promise<unknown> {
  let told: unknown;
  const client = rawClient(handler, { onExchange: ({ error }) => (told = error) });
  client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  const status = Number((await client.toEnd()).slice(9, 12));
  return [target, status, (told as NodeJS.ErrnoException | undefined)?.code ?? null];
}

async function askAll(): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const target of ["/hello.txt", "/with%20index/", "/sub/", "/nothing"]) answers.push(await ask(target));
  return answers;
}

const taken: number[] = [];
try {
  for (;;) taken.push(openSync(devNull, "r"));
} catch {
  // EMFILE: there is no descriptor left
}
const without = await askAll();
for (const descriptor of taken) closeSync(descriptor);
process.stdout.write(JSON.stringify({ without, with: await askAll() }));
