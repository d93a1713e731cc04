import { openSync } from "node:fs";
import { extname } from "node:path";
import { setImmediate } from "node:timers";
import { isMainThread, threadId } from "node:worker_threads";
import { GrammarReader } from "../trace/grammar-reader.ts";
import { toNdjson } from "../trace/ndjson.ts";
import type { TraceRecord } from "../trace/record.ts";
import { recordTrace } from "../trace/recorder.ts";
import { Redactor } from "../trace/redactor.ts";
import { TimelineWriter } from "../trace/timeline.ts";
import { atExit } from "./at-exit.ts";
import { hookSockets } from "./hooks.ts";
import { isFirst, sayFault } from "./once.ts";
import { OwnDescriptor, writeNow } from "./own-descriptor.ts";

/** The records pass on at the end of each turn, so the recorder keeps little. */
const KEPT_BYTES = 64 * 1024;
const STDERR = 2;
/** How often, and how long apart, a full pipe is tried. Then the text is dropped: the program must not wait for long. */
const TRIES = 20;
const RETRY_MS = 5;

interface Output {
  add(record: TraceRecord): void;
  flush(): void;
}

/** Without a process that shows: this thread writes what it sees by itself. */
export function watchAlone(): void {
  if (!isFirst()) return;
  const { WIREPANE_RECORD: file, WIREPANE_REVEAL: reveal } = process.env;
  let takeOff = (): void => {};
  try {
    const output = file ? recordingTo(file) : timeline();
    const redactor = reveal === "1" ? undefined : new Redactor((record) => output.add(record));
    const grammar = new GrammarReader((record) => (redactor ?? output).add(record));
    let waits = false;
    let isBroken = false;
    const flush = (): void => {
      waits = false;
      if (isBroken) return;
      try {
        redactor?.flush();
        output.flush();
      } catch (error) {
        isBroken = true;
        takeOff();
        sayFault(error);
      }
    };
    const recorder = recordTrace({
      maxBytes: KEPT_BYTES,
      onRecord(record) {
        grammar.add(record);
        if (!waits) setImmediate(flush).unref();
        waits = true;
      },
    });
    takeOff = hookSockets((role) => recorder.observe(role), sayFault);
    atExit(flush);
  } catch (error) {
    takeOff();
    sayFault(error);
  }
}

/** On stderr, whatever the program makes of it. */
function timeline(): Output {
  const lines: string[] = [];
  const writer = new TimelineWriter((line) => lines.push(line), { reveal: true });
  return {
    add: (record) => writer.add(record),
    flush() {
      writer.flush();
      if (lines.length > 0) put((bytes) => writeNow(STDERR, bytes), `${lines.splice(0).join("\n")}\n`);
    },
  };
}

function recordingTo(file: string): Output {
  const descriptor = new OwnDescriptor(openSync(ownName(file), "w"));
  let lines = "";
  return {
    add(record) {
      lines += `${toNdjson(record)}\n`;
    },
    flush() {
      const text = lines;
      lines = "";
      put((bytes) => descriptor.write(bytes), text);
    },
  };
}

/** Each thread counts its connections from 1, so each has a file of its own: run.ndjson, run.4711.ndjson, run.4711-1.ndjson. */
function ownName(file: string): string {
  const { WIREPANE_RECORDING_PID: first } = process.env;
  process.env.WIREPANE_RECORDING_PID ??= String(process.pid);
  const thread = isMainThread ? "" : `-${threadId}`;
  if (first === undefined && thread === "") return file;
  const ending = extname(file);
  return `${file.slice(0, file.length - ending.length)}.${process.pid}${thread}${ending}`;
}

function put(write: (bytes: Uint8Array) => number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < TRIES; tries++) {
    const written = write(rest);
    rest = rest.subarray(written);
    if (written > 0) tries = 0;
    else Atomics.wait(PAUSE, 0, 0, RETRY_MS);
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
