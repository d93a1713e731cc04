import type { Browser } from "playwright-core";
import { HttpClient, practice, serve } from "wirepane/http";
import { startLab } from "wirepane/lab";
import { recordTrace, type TraceRecord } from "wirepane/trace";
import { openBrowser } from "../test/support/browser.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";

/*
 * The page in a real Chromium: how soon it shows something, each time in a browser that knows nothing of it, and what it
 * does under load: thousands of records a second. Its memory stays within its ring, and it goes on drawing. A run is a
 * second. `npm test` does not run this check: frames in a second say nothing on a busy machine.
 */

const RECORDS_A_SECOND = 2_000;
const BATCHES_A_SECOND = 20;
const MIN_FRAMES_A_SECOND = 30;
const MAX_FIRST_PAINT_MS = 1000;
const OPENINGS = 5;
/** The ring of the page holds 64 MiB of records as it counts them; objects of V8 cost about as much again. */
const MAX_HEAP_BYTES = 192 * 1024 * 1024;

export const check: Check = {
  promise: `the page is there within a second, takes ${RECORDS_A_SECOND} records a second for as long as they come, draws, and keeps its memory`,
  runs: { quick: 10, long: 600 },
  run: watch,
};

async function watch({ runs, print }: CheckOptions): Promise<CheckResult> {
  await using lab = await startLab();
  const browser = await openBrowser(["--enable-precise-memory-info"]);
  try {
    const paints: number[] = [];
    for (let i = 0; i < OPENINGS; i++) paints.push(await firstPaintMs(browser, lab.url));
    const paint = paints.toSorted((a, b) => a - b)[OPENINGS >> 1] ?? Number.POSITIVE_INFINITY;
    print(`first paint after ${paints.map((ms) => ms.toFixed(0)).join(", ")} ms`);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(lab.url);
    const devtools = await page.context().newCDPSession(page);
    const heapBytes = async (): Promise<number> => {
      await devtools.send("HeapProfiler.collectGarbage");
      return (await devtools.send("Runtime.getHeapUsage")).usedSize;
    };
    await page.evaluate(
      "window.frames_ = 0; (function frame() { window.frames_++; requestAnimationFrame(frame); })()",
    );
    const stream = endlessRecords(await oneExchange());
    const frames: number[] = [];
    const heaps: number[] = [];
    let before = 0;
    for (let second = 0; second < runs; second++) {
      const startedMs = performance.now();
      for (let batch = 1; batch <= BATCHES_A_SECOND; batch++) {
        for (let i = 0; i < RECORDS_A_SECOND / BATCHES_A_SECOND; i++)
          lab.add(stream.next().value as TraceRecord);
        const restMs = (batch * 1000) / BATCHES_A_SECOND - (performance.now() - startedMs);
        await new Promise((resolve) => setTimeout(resolve, Math.max(restMs, 0)));
      }
      const now = await page.evaluate<number>("window.frames_");
      frames.push(((now - before) * 1000) / (performance.now() - startedMs));
      before = now;
      if (second % 30 === 29 || second === runs - 1) {
        heaps.push(await heapBytes());
        print(`${second + 1} s: ${frames.at(-1)?.toFixed(0)} frames, ${mebibytes(heaps.at(-1))} MiB of heap`);
      }
    }
    const shown = await page
      .getByText(/records/)
      .first()
      .innerText();
    const median = frames.toSorted((a, b) => a - b)[frames.length >> 1] ?? 0;
    const most = Math.max(...heaps);
    return {
      passed: median >= MIN_FRAMES_A_SECOND && most <= MAX_HEAP_BYTES && paint <= MAX_FIRST_PAINT_MS,
      figures: `first paint after ${paint.toFixed(0)} ms (median of ${OPENINGS}); ${runs * RECORDS_A_SECOND} records in ${runs} s; ${median.toFixed(0)} frames a second (median), ${Math.min(...frames).toFixed(0)} at least; heap ${heaps.map(mebibytes).join(", ")} MiB; the page says "${shown.replaceAll(/\s+/g, " ")}"`,
    };
  } finally {
    await browser.close();
  }
}

/** Chromium's own figure: from the beginning of the navigation until text or a picture was there. */
async function firstPaintMs(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext(); // with an empty cache
  try {
    const page = await context.newPage();
    await page.goto(url);
    return await page.evaluate<number>(`new Promise((resolve) => {
      new PerformanceObserver((list) => {
        const paint = list.getEntriesByName("first-contentful-paint")[0];
        if (paint !== undefined) resolve(paint.startTime);
      }).observe({ type: "paint", buffered: true });
    })`);
  } finally {
    await context.close();
  }
}

const mebibytes = (bytes: number | undefined): string => ((bytes ?? 0) / 1024 / 1024).toFixed(1);

/** The records of both ends of one exchange that really happened. */
async function oneExchange(): Promise<readonly TraceRecord[]> {
  const recorder = recordTrace();
  await using server = await serve({ handler: practice(), observe: () => recorder.observe("server") });
  await using client = new HttpClient({ observe: () => recorder.observe("client") });
  await (await client.request({ url: new URL("/hello", server.url) })).text();
  await client.close();
  await server.stop();
  return recorder.records;
}

/** The same exchange again and again, each time on a new connection. */
function* endlessRecords(exchange: readonly TraceRecord[]): Generator<TraceRecord, never> {
  const last = exchange.at(-1)?.t ?? 0;
  for (let turn = 0; ; turn++) {
    for (const record of exchange) {
      const moved = {
        ...record,
        t: record.t + turn * (last + 1000),
        connection: record.connection + turn * 2,
      };
      if (moved.type !== "connection" || !("local" in moved.event || "remote" in moved.event)) {
        yield moved;
        continue;
      }
      yield { ...moved, event: withOtherPorts(moved.event, turn) };
    }
  }
}

/** Both ends of a connection have the pair of addresses of no other. */
function withOtherPorts<Event>(event: Event, turn: number): Event {
  const moved = { ...event } as Record<string, unknown>;
  for (const name of ["local", "remote"]) {
    const address = moved[name];
    if (typeof address === "object" && address !== null && "port" in address)
      moved[name] = { ...address, host: `127.${(turn >> 16) & 255}.${(turn >> 8) & 255}.${turn & 255}` };
  }
  return moved as Event;
}
