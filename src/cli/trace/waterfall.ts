import {
  ExchangePairs,
  formatWaterfall,
  type RecordedExchange,
  redactText,
  type TraceRecord,
  timingsOf,
  type WaterfallPhase,
  type WaterfallRow,
} from "../../trace.ts";
import type { TerminalShape } from "../terminal-shape.ts";

/** More exchanges than this are counted. */
const MAX_ROWS = 1000;

/** The waterfall of a recording: each exchange as its client saw it, or as its server did. */
export class RecordedWaterfall {
  readonly #rows: WaterfallRow[] = [];
  readonly #pairs: ExchangePairs;
  #leftOut = 0;

  /** @param mask masks the secrets of a line. */
  constructor(mask: (line: string) => string = redactText) {
    this.#pairs = new ExchangePairs({
      onExchange: (exchange) => {
        if (this.#rows.length < MAX_ROWS) this.#rows.push(rowOf(exchange, mask));
        else this.#leftOut++;
      },
      maxContentBytes: 0,
    });
  }

  add(record: TraceRecord): void {
    this.#pairs.add(record);
  }

  lines(terminal: TerminalShape): string[] {
    this.#pairs.end();
    if (this.#rows.length === 0) return ["there is no exchange of HTTP in this recording"];
    const startOf = ({ phases }: WaterfallRow) => phases[0]?.start ?? 0;
    const lines = formatWaterfall(
      this.#rows.toSorted((a, b) => startOf(a) - startOf(b)),
      terminal,
    );
    return this.#leftOut === 0 ? lines : [...lines, ` ${this.#leftOut} more exchanges are not shown`];
  }
}

function rowOf(exchange: RecordedExchange, mask: (line: string) => string): WaterfallRow {
  const { connection, request, response } = exchange;
  const [method = "", ...target] = mask(`${request?.method ?? "–"} ${request?.target ?? ""}`).split(" ");
  return {
    end: connection.name,
    method,
    target: target.join(" "),
    status: response?.status,
    phases: phasesIn(exchange),
  };
}

function phasesIn(exchange: RecordedExchange): WaterfallPhase[] {
  const { startedNs, timings } = timingsOf(exchange);
  const phases: WaterfallPhase[] = [];
  let start = startedNs;
  const add = (name: WaterfallPhase["name"] | undefined, milliseconds: number) => {
    const end = start + Math.max(milliseconds, 0) * 1e6;
    if (name !== undefined && milliseconds >= 0) phases.push({ name, start, end });
    start = end;
  };
  add("resolve", timings.dns);
  add("connect", timings.connect - Math.max(timings.ssl, 0));
  add("tls", timings.ssl);
  add(undefined, timings.blocked);
  add("send", timings.send);
  add("wait", timings.wait);
  if (exchange.response !== undefined) add("receive", timings.receive);
  return phases;
}
