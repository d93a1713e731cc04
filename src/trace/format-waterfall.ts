import { printable } from "../bytes/text.ts";
import { columnsOf, cutMiddle, toAscii } from "./line-layout.ts";
import type { WaterfallPhase, WaterfallRow } from "./waterfall.ts";

/** How a waterfall is shown. */
export interface WaterfallOptions {
  /** The columns of the terminal, 40 at least; 132 by default. From 116 on there is a column for each phase. */
  readonly width?: number | undefined;
  /** Use ASCII only, for a terminal without UTF-8. `false` by default. */
  readonly ascii?: boolean;
}

type PhaseName = WaterfallPhase["name"];

const SIGNS = {
  resolve: "·",
  connect: "─",
  tls: "═",
  send: "▸",
  wait: "░",
  receive: "█",
} as const satisfies Record<PhaseName, string>;
const NAMES = Object.keys(SIGNS) as PhaseName[];

const DEFAULT_WIDTH = 132;
const LEAST_WIDTH = 40;
const WIDE = 116;
const LABEL_WIDTH = 24;
const NARROW_LABEL_WIDTH = 18;
const STATUS_WIDTH = 4;
const NUMBER_WIDTH = 10;

/** A line for each exchange, all on one scale of time, below a line that says what the signs mean. */
export function formatWaterfall(
  rows: readonly WaterfallRow[],
  { width = DEFAULT_WIDTH, ascii = false }: WaterfallOptions = {},
): string[] {
  if (rows.length === 0) return [];
  const plain = (text: string) => (ascii ? toAscii(text) : text);
  const columns = Math.max(width, LEAST_WIDTH);
  const isWide = columns >= WIDE;
  const labelWidth = isWide ? LABEL_WIDTH : NARROW_LABEL_WIDTH;
  const names = isWide ? NAMES : [];
  const ahead = labelWidth + STATUS_WIDTH + (names.length + 1) * NUMBER_WIDTH + 3;
  const scale = scaleOf(rows, columns - ahead);
  const title = (name: PhaseName) => plain(`${SIGNS[name]} ${name}`).padStart(NUMBER_WIDTH);
  const head = `${" ".repeat(labelWidth + STATUS_WIDTH + 1)}${names.map(title).join("")}${"total ms".padStart(NUMBER_WIDTH)}`;
  const legend = ` ${NAMES.map((name) => plain(`${SIGNS[name]} ${name}`)).join("  ")}`;
  const manyEnds = new Set(rows.map(({ end }) => end)).size > 1;
  const lines = rows.map((row) => {
    const label = cutMiddle(plain(labelOf(row, manyEnds)), labelWidth, plain("…"));
    const status = String(row.status ?? plain("–")).padStart(STATUS_WIDTH);
    const numbers = [...names.map((name) => timeOf(row, name)), total(row)].map((ms) =>
      plain(ms === undefined ? "–" : ms.toFixed(2)).padStart(NUMBER_WIDTH),
    );
    const room = " ".repeat(labelWidth - columnsOf(label));
    return ` ${label}${room}${status}${numbers.join("")}  ${plain(barOf(row, scale))}`.trimEnd();
  });
  return isWide ? [head, ...lines] : [head, ...lines, legend];
}

interface Scale {
  readonly start: number;
  readonly nsPerColumn: number;
  readonly columns: number;
}

function scaleOf(rows: readonly WaterfallRow[], columns: number): Scale {
  const phases = rows.flatMap((row) => row.phases);
  const start = Math.min(...phases.map((phase) => phase.start));
  const end = Math.max(...phases.map((phase) => phase.end));
  return { start, columns, nsPerColumn: Math.max(end - start, 1) / columns };
}

/** Each column shows the phase in its middle. A row that is shorter than a column has one sign all the same. */
function barOf({ phases }: WaterfallRow, { start, nsPerColumn, columns }: Scale): string {
  let bar = "";
  for (let column = 0; column < columns; column++) {
    const middle = start + (column + 0.5) * nsPerColumn;
    const phase = phases.find((each) => each.start <= middle && middle < each.end);
    bar += phase === undefined ? " " : SIGNS[phase.name];
  }
  if (bar.trim() !== "") return bar;
  const [first, ...others] = phases;
  if (first === undefined) return "";
  const longest = others.reduce((best, each) => (lengthOf(each) > lengthOf(best) ? each : best), first);
  const column = Math.min(Math.floor((first.start - start) / nsPerColumn), columns - 1);
  return " ".repeat(column) + SIGNS[longest.name];
}

const lengthOf = ({ start, end }: WaterfallPhase): number => end - start;

/** In milliseconds. */
function timeOf({ phases }: WaterfallRow, name: PhaseName): number | undefined {
  const phase = phases.find((each) => each.name === name);
  return phase && lengthOf(phase) / 1e6;
}

const total = ({ phases }: WaterfallRow): number =>
  ((phases.at(-1)?.end ?? 0) - (phases[0]?.start ?? 0)) / 1e6;

const labelOf = ({ end, method, target }: WaterfallRow, manyEnds: boolean): string =>
  `${manyEnds ? `${end} ` : ""}${printable(method)} ${printable(target)}`;
