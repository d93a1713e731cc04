import { AssertionError } from "node:assert";
import { quote } from "../bytes/text.ts";
import { type Filter, type Filterable, parseFilter } from "../trace/filter.ts";
import { type FilterablePlace, Filterables, formatFilterable } from "../trace/filterables.ts";
import { GrammarReader } from "../trace/grammar-reader.ts";
import type { TraceRecord } from "../trace/record.ts";
import { redactLine } from "../trace/redactor.ts";
import type { Recording } from "./recording.ts";
import { timelineAround } from "./timeline-around.ts";

/** How often, and where, a trace is to show something. */
export interface ShowOptions {
  /** Exactly so often. At least once by default. */
  readonly times?: number;
  /** Only what begins when the first exchange or conversation that this filter matches is over. Everything by default. */
  readonly after?: string;
}

/** What can be said of a recording. */
export interface TraceExpectations {
  /**
   * An exchange, or a TCP conversation without HTTP, matches the filter: `status:200 method:GET`.
   *
   * @throws {AssertionError} none does, or not `times` of them do. The message draws the timeline around what comes
   * nearest. `expected` is the filter, `actual` a line for each exchange.
   * @throws {SyntaxError} the filter cannot be understood.
   */
  toShow(filter: string, options?: ShowOptions): TraceExpectations;
  /** The same, turned around. */
  readonly not: {
    /**
     * None matches the filter.
     *
     * @throws {AssertionError} one does; the message draws the timeline around it.
     */
    toShow(filter: string, options?: Pick<ShowOptions, "after">): TraceExpectations;
  };
}

/** How a failure is shown. */
export interface ExpectOptions {
  /** Show secrets in messages. `false` by default. */
  readonly reveal?: boolean;
}

interface Item {
  readonly item: Filterable;
  readonly place: FilterablePlace;
}

type Understood = Extract<Filter, { error?: undefined }>;

/**
 * Says what a recording must show, in the filter language of the page and of `wirepane trace grep`.
 *
 * @param recording of `recordAll`, of a proxy, of `recordTrace`, or the records themselves.
 */
export function expectTrace(
  recording: Recording | readonly TraceRecord[],
  { reveal = false }: ExpectOptions = {},
): TraceExpectations {
  const records = withHttp("records" in recording ? recording.records : recording);
  const items = itemsOf(records);
  const fail = (words: string, filter: string, at: Item | undefined, operator: string): never => {
    const lines = items.map(({ item }) => formatFilterable(item, { reveal }));
    const drawn = timelineAround(records, at?.place, reveal);
    throw new AssertionError({
      message: [words, "", ...drawn].join("\n"),
      expected: filter,
      actual: lines.join("\n"),
      operator,
      stackStartFn: expectations.toShow,
    });
  };
  const expectations: TraceExpectations = {
    toShow(text, { times, after } = {}) {
      const filter = understood(text);
      const among = itemsAfter(items, after);
      const found = among.filter(({ item }) => filter.matches(item));
      if (times === undefined ? found.length > 0 : found.length === times) return expectations;
      const wanted = `${text}${times === undefined ? "" : `, ${timesText(times)}`}${afterText(after)}`;
      const words = `the trace does not show ${wanted}: ${countText(found.length, among.length)}`;
      const nearest = found[0] ?? nearestOf(filter, among) ?? items.at(-1);
      fail(
        `${words}${lackText(filter, found[0] === undefined ? nearest : undefined, reveal)}`,
        text,
        nearest,
        "toShow",
      );
      return expectations;
    },
    not: {
      toShow(text, { after } = {}) {
        const filter = understood(text);
        const found = itemsAfter(items, after).find(({ item }) => filter.matches(item));
        if (found === undefined) return expectations;
        const line = formatFilterable(found.item, { reveal });
        fail(`the trace shows ${text}${afterText(after)}, and must not: ${line}`, text, found, "not.toShow");
        return expectations;
      },
    },
  };
  return expectations;
}

/** Records of bytes alone get the HTTP that is in the bytes. */
function withHttp(records: readonly TraceRecord[]): readonly TraceRecord[] {
  const read = new Set(records.filter(({ type }) => type === "span").map(({ connection }) => connection));
  const result: TraceRecord[] = [];
  const grammar = new GrammarReader((record) => result.push(record));
  for (const record of records) {
    if (read.has(record.connection)) result.push(record);
    else grammar.add(record);
  }
  return result;
}

function itemsOf(records: readonly TraceRecord[]): Item[] {
  const items: Item[] = [];
  // The text of an item is a getter, and its content is let go: it is read while it is here.
  const filterables = new Filterables((item, place) =>
    items.push({ item: { ...item }, place: { ...place } }),
  );
  for (const record of records) filterables.add(record);
  filterables.end();
  return items;
}

function understood(text: string): Understood {
  const filter = parseFilter(text);
  if (filter.error === undefined) return filter;
  const { start, end, message } = filter.error;
  throw new SyntaxError(`"${text.slice(start, end)}" at character ${start + 1} of the filter: ${message}`);
}

function itemsAfter(items: readonly Item[], after: string | undefined): readonly Item[] {
  if (after === undefined) return items;
  const { matches } = understood(after);
  const first = items.find(({ item }) => matches(item));
  return first === undefined ? [] : items.filter(({ place }) => place.startedNs >= first.place.endedNs);
}

/** The item that most terms match. Of several the last one. */
function nearestOf({ terms }: Understood, items: readonly Item[]): Item | undefined {
  const countOf = ({ item }: Item) => terms.filter(({ matches }) => matches(item)).length;
  const most = Math.max(0, ...items.map(countOf));
  return items.findLast((each) => countOf(each) === most);
}

const timesText = (times: number): string => (times === 1 ? "once" : `${times} times`);
const afterText = (after: string | undefined): string => (after === undefined ? "" : `, after ${after}`);

function countText(found: number, all: number): string {
  if (all === 0) return "there is nothing that it could show";
  const of = `of ${all} ${all === 1 ? "exchange or conversation" : "exchanges and conversations"}`;
  return found === 0 ? `none ${of} matches` : `${found} ${of} ${found === 1 ? "matches" : "match"}`;
}

/** What the nearest item lacks; of a field that it has with another value, its lines. */
function lackText({ terms }: Understood, nearest: Item | undefined, reveal: boolean): string {
  if (nearest === undefined) return "";
  const missing = terms.filter(({ matches }) => !matches(nearest.item)).map(({ text }) => text);
  const names = missing.map((text) => /^field:([^=\s"]+)/i.exec(text)?.[1]?.toLowerCase());
  const lines = nearest.item.fields
    .filter(([name]) => names.includes(name.toLowerCase()))
    .map(([name, value]) => quote(reveal ? `${name}: ${value}` : redactLine(`${name}: ${value}`)));
  const has = lines.length === 0 ? "" : `; it has ${lines.join(", ")}`;
  return `\nnearest: ${formatFilterable(nearest.item, { reveal })}\nwhich lacks ${missing.join(" ")}${has}`;
}
