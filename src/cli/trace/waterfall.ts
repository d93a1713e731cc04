import {
  ExchangePairs,
  printable,
  type RecordedExchange,
  redactText,
  type TraceRecord,
  timingsOf,
} from "../../trace.ts";

/** More rows than this are counted. */
const MAX_ROWS = 1000;
const MIN_BAR = 10;
const MAX_TARGET = 32;

interface Row {
  readonly label: string;
  readonly startedNs: number;
  readonly time: number;
  readonly parts: readonly (readonly [mark: string, milliseconds: number])[];
}

/**
 * A bar for each exchange of a recording, over the time of all:
 *
 *     #1 GET /hello       200 │░░▒──────█              │ 4.61 ms
 *     #1 GET /drip        200 │          ▒───█████████ │ 9.02 ms
 */
export class Waterfall {
  readonly #line: (line: string) => void;
  readonly #width: number;
  readonly #rows: Row[] = [];
  readonly #pairs: ExchangePairs;
  #leftOut = 0;

  /** @param width the columns of the terminal. */
  constructor(line: (line: string) => void, width: number, reveal = false) {
    this.#line = line;
    this.#width = width;
    this.#pairs = new ExchangePairs({
      onExchange: (exchange) => {
        if (this.#rows.length < MAX_ROWS) this.#rows.push(rowOf(exchange, reveal));
        else this.#leftOut++;
      },
      maxContentBytes: 0,
    });
  }

  add(record: TraceRecord): void {
    this.#pairs.add(record);
  }

  end(): void {
    this.#pairs.end();
    if (this.#rows.length === 0) {
      this.#line("there is no exchange of HTTP in this recording");
      return;
    }
    const rows = this.#rows.toSorted((a, b) => a.startedNs - b.startedNs);
    const beginNs = (rows[0] as Row).startedNs;
    const spanMs = Math.max(...rows.map(({ startedNs, time }) => (startedNs - beginNs) / 1e6 + time), 0.001);
    const labels = Math.max(...rows.map(({ label }) => label.length));
    const bar = Math.max(this.#width - labels - " ││ 0000000.00 ms".length, MIN_BAR);
    this.#line(`${"".padEnd(labels)}  ${MARKS.map(([mark, name]) => `${mark} ${name}`).join("  ")}`);
    for (const row of rows) {
      const column = (ms: number) => Math.round((ms / spanMs) * bar);
      const startMs = (row.startedNs - beginNs) / 1e6;
      this.#line(
        `${row.label.padEnd(labels)} │${barOf(row, startMs, column).padEnd(bar)}│ ${row.time.toFixed(2).padStart(9)} ms`,
      );
    }
    if (this.#leftOut > 0) this.#line(`${this.#leftOut} more exchanges are not shown`);
  }
}

const MARKS = [
  ["░", "connect"],
  ["·", "blocked"],
  ["▒", "send"],
  ["─", "wait"],
  ["█", "receive"],
] as const;

function rowOf(exchange: RecordedExchange, reveal: boolean): Row {
  const { connection, request, response } = exchange;
  const { startedNs, time, timings } = timingsOf(exchange);
  const asked = `${request?.method ?? "(no request)"} ${request?.target ?? ""}`;
  const shown = printable(reveal ? asked : redactText(asked));
  const cut = shown.length > MAX_TARGET ? `${shown.slice(0, MAX_TARGET - 1)}…` : shown;
  return {
    label: `#${connection.conversation} ${cut.padEnd(MAX_TARGET)} ${response?.status ?? "–  "}`,
    startedNs,
    time,
    parts: MARKS.map(([mark, name]) => [mark, Math.max(timings[name], 0)] as const),
  };
}

/** Each part that took time has a mark, however short. */
function barOf({ parts }: Row, startMs: number, column: (ms: number) => number): string {
  let bar = "".padEnd(column(startMs));
  let ms = startMs;
  for (const [mark, length] of parts) {
    if (length === 0) continue;
    ms += length;
    bar += mark.repeat(Math.max(column(ms) - bar.length, 1));
  }
  return bar;
}
