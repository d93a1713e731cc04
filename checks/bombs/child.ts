import { followRedirects, HttpClient } from "../../src/http.ts";
import { TransportError } from "../../src/tcp.ts";

/** What became of one bomb: a code of an error, or "discarded". */
export interface BombReport {
  readonly name: string;
  readonly outcome: string;
  readonly growthBytes: number;
}

const [origin = "", runs = "1", codings = ""] = process.argv.slice(2);
const gc = (globalThis as { gc?: () => void }).gc ?? (() => {});

async function read(client: HttpClient, url: string, place: string): Promise<string> {
  const send = (input: Parameters<HttpClient["request"]>[0]) => client.request({ ...input, decode: true });
  if (place === "redirect") {
    const { response } = await followRedirects({ url }, send);
    return (await response.text()) === "small" ? "discarded" : "wrong content";
  }
  const response = await send({ url });
  if (place === "half") {
    for await (const _ of response.body) break;
    return "discarded";
  }
  try {
    await response.bytes();
    return "read to its end";
  } catch (error) {
    return error instanceof TransportError ? error.code : String(error);
  }
}

async function one(name: string, place: string): Promise<BombReport> {
  await using client = new HttpClient();
  gc();
  const before = process.memoryUsage.rss();
  let most = before;
  const sample = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(sample, 2);
  const outcome = await read(client, `${origin}/${name}/${place}`, place);
  sample();
  clearInterval(timer);
  return { name: `${name} ${place}`, outcome, growthBytes: most - before };
}

const reports: BombReport[] = [];
// The first run loads what the others have then.
await one("gzip", "normal");
for (let run = 0; run < Number(runs); run++)
  for (const coding of codings.split(";"))
    for (const place of ["normal", "redirect", "error", "half"]) reports.push(await one(coding, place));
process.stdout.write(`${JSON.stringify(reports)}\n`);
