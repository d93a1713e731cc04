import type { TraceRecord } from "../index.ts";
import { counted } from "../trace.ts";
import { UsageError } from "./exit-codes.ts";
import { say } from "./output.ts";
import { RecordFile, type RecordFormat } from "./record-file.ts";
import { version } from "./version.ts";

/** Takes records and shows or writes them. */
export interface Sink {
  add(record: TraceRecord): void;
  /** A turn of the event loop is over: the grammar has read the bytes of this turn. */
  flush(): void;
  end?(): void;
}

type FormatName = "ndjson" | "har" | "pcapng";

/** The kind of a file, by its name. */
function formatOf(file: string): FormatName {
  const [, ending = ""] = /\.(har|pcapng)$/i.exec(file) ?? [];
  return (ending.toLowerCase() as FormatName) || "ndjson";
}

const FORMATS: Readonly<Record<FormatName, RecordFormat>> = {
  ndjson: { lines: true, tail: "" },
  har: { lines: true, tail: "]}}\n" },
  pcapng: { lines: false, tail: "" },
};

/** The file of --record, in the format that its name says, and what writes records to it. */
export interface Recording {
  readonly file: RecordFile;
  /** @param beganMs the wall clock at the beginning of the recording; undefined: the records tell. */
  sink(beganMs: number | undefined): Promise<Sink>;
}

/**
 * @param limit the most bytes that the file may have.
 * @throws {CommandError} if the file cannot be written.
 */
export async function openRecording(path: string, limit: number | undefined): Promise<Recording> {
  const name = formatOf(path);
  const file = await RecordFile.open(path, FORMATS[name]);
  return {
    file,
    async sink(beganMs) {
      const output = new LimitedOutput(
        path,
        file,
        limit ?? Number.POSITIVE_INFINITY,
        FORMATS[name].tail.length,
      );
      const sink = await sinkOf(name, output, beganMs);
      output.flush(); // the beginning of the file, before anything happens
      return sink;
    },
  };
}

async function sinkOf(name: FormatName, output: LimitedOutput, beganMs: number | undefined): Promise<Sink> {
  const began = beganMs === undefined ? {} : { beganMs };
  const { HAR_TAIL, HarWriter, PcapngWriter, toNdjson } = await import("../trace.ts");
  const writer = (writing: { add(record: TraceRecord): void; end?(): void }): Sink => ({
    add(record) {
      if (!output.full) writing.add(record);
    },
    flush: () => output.flush(),
    end() {
      if (!output.full) writing.end?.();
      output.end();
    },
  });
  switch (name) {
    case "ndjson":
      return writer({
        add: (record) =>
          output.put(`${toNdjson(beganMs === undefined ? record : withWallClock(record, beganMs))}\n`),
      });
    case "har": {
      const { decode } = await import("./decode.ts");
      const creator = { name: "wirepane", version: version() };
      // The file puts the tail behind every piece.
      const put = (piece: string) => piece === HAR_TAIL || output.put(piece);
      return writer(new HarWriter(put, { creator, decode, ...began }));
    }
    case "pcapng":
      return writer(
        new PcapngWriter((block) => output.put(block), { application: `wirepane ${version()}`, ...began }),
      );
    default:
      return name satisfies never;
  }
}

/** Times are relative to the beginning of the recording. Where a connection begins, its record says when that was. */
function withWallClock(record: TraceRecord, beganMs: number): TraceRecord {
  if (record.type !== "connection" || !BEGINNINGS.has(record.event.kind)) return record;
  return { ...record, at: new Date(beganMs + record.t / 1e6).toISOString() };
}

const BEGINNINGS: ReadonlySet<string> = new Set(["resolve", "attempt", "connected", "accepted"]);

/** Gathers lines or blocks, and writes them once a turn. Stops before the file gets larger than its limit. */
class LimitedOutput {
  readonly #path: string;
  readonly #file: RecordFile;
  readonly #limit: number;
  #bytes: number;
  #units: (string | Uint8Array)[] = [];
  /** The limit is reached: nothing more is written. */
  full = false;

  constructor(path: string, file: RecordFile, limit: number, tailBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#limit = limit;
    this.#bytes = tailBytes;
  }

  put(unit: string | Uint8Array): void {
    if (this.full) return;
    const size = typeof unit === "string" ? Buffer.byteLength(unit) : unit.length;
    if (this.#bytes + size > this.#limit) {
      this.full = true;
      say(
        `the recording ${this.#path} ends here, at its limit of ${counted(this.#limit, "byte")}; all else goes on`,
      );
      return;
    }
    this.#bytes += size;
    this.#units.push(unit);
  }

  flush(): void {
    const units = this.#units;
    this.#units = [];
    if (units.length === 0) return;
    const isText = units.every((unit) => typeof unit === "string");
    this.#file.write(isText ? units.join("") : Buffer.concat(units as Uint8Array[]));
  }

  end(): void {
    this.flush();
    this.#file.end();
  }
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** The bytes of --record-limit: `5000`, `100k`, `20M`, `1G`. */
export function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  if (digits === undefined)
    throw new UsageError(`--record-limit wants bytes, like 5000, 100k, 20M or 1G, not "${text}"`);
  return Number(digits) * (UNITS[unit.toLowerCase()] as number);
}
