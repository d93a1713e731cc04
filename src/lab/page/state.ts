import { computed, effect, signal } from "@preact/signals";
import { Ladder, type LadderEvent, LadderLayout, type LadderScale, type TraceRecord } from "../../browser.ts";
import type { Conversation } from "../model/conversation.ts";
import { Recording } from "../model/recording.ts";
import type { ExplainedStream } from "../model/streams.ts";

/*
 * What the page knows and what its user chose. Records come thousands a second, the screen is drawn sixty times: a record
 * changes the recording at once, and `drawn` counts up once a frame.
 */

/** How the page gets its records. */
export type SourceState = "connecting" | "live" | "complete" | "lost" | "refused" | "none";

/** Bytes `[start, end)` of what one side sent. */
export interface Selection {
  readonly flow: "client" | "server";
  /** The connection in whose stream they are counted: a proxy may have changed what it passed on. */
  readonly connection: number;
  readonly start: number;
  readonly end: number;
}

/** The selection, if it is of this stream. */
export const partOf = (
  { flow, connection }: ExplainedStream,
  part: Selection | undefined,
): Selection | undefined => (part?.flow === flow && part.connection === connection ? part : undefined);

/** What the source gave. */
const fromSource = signal(new Recording());
/** Another recording that is looked at for a while: the one of the step drawer. Records of the source go on coming. */
export const shownInstead = signal<Recording | undefined>(undefined);
export const recording = computed(() => shownInstead.value ?? fromSource.value);
/** Counts the frames in which something new is shown. */
export const drawn = signal(0);
export const sourceState = signal<SourceState>("none");
/** What is wrong with the file that was opened. */
export const fileProblem = signal<string | undefined>(undefined);
/** `false`: records come, and the picture stands still. */
export const following = signal(true);
export const filterText = signal("");
export const chosenId = signal<number | undefined>(undefined);
export const chosenEvent = signal<LadderEvent | undefined>(undefined);
export const selection = signal<Selection | undefined>(undefined);
export const hovered = signal<Selection | undefined>(undefined);
export const tab = signal<"fields" | "bytes" | "time">("fields");
export const drawer = signal<"compose" | "servers" | "faults" | "step" | undefined>(undefined);
export const scale = signal<LadderScale>({ kind: "rows" });
/** A part of the recording's time, in nanoseconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** What of the whole recording is looked at; `undefined`: all. */
export const span = signal<TimeSpan | undefined>(undefined);
/** The size of everything, in percent: `+` is for the last row of a lecture room. */
export const zoom = signal(100);
export const helpShown = signal(false);
/** The three sentences of a first opening are shown. */
export const welcome = signal(true);

/** Counts up as `drawn` does, but twice a second at most: for what takes long to make. */
export const drawnSlowly = signal(0);
const SLOW_MS = 500;

let scheduled = false;
let slowScheduled = false;

/** Takes records, and has them drawn with the next frame. */
export function addRecords(records: readonly TraceRecord[]): void {
  for (const record of records) fromSource.value.add(record);
  redraw();
}

/** So many records did not come. */
export function addDropped(count: number): void {
  fromSource.value.dropped += count;
  redraw();
}

/** Begins with an empty recording. */
export function clear(): void {
  fromSource.value = new Recording();
  chosenId.value = undefined;
  chosenEvent.value = undefined;
  selection.value = undefined;
  span.value = undefined;
  redraw();
}

function redraw(): void {
  if (scheduled || !following.value) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    drawn.value++;
    if (slowScheduled) return;
    slowScheduled = true;
    setTimeout(() => {
      slowScheduled = false;
      drawnSlowly.value++;
    }, SLOW_MS);
  });
}

effect(() => {
  if (following.value) redraw();
});

/** The conversation whose ladder is shown: the chosen one, or the last one. */
export const chosen = computed<Conversation | undefined>(() => {
  drawn.value;
  const { conversations } = recording.value;
  return (
    conversations.find(({ id }) => id === chosenId.value) ??
    conversations.findLast(isInSpan) ??
    conversations.at(-1)
  );
});

/** Whether the conversation was there in the time that is looked at. */
export function isInSpan({ begun, last }: Conversation): boolean {
  const { from, to } = span.value ?? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  return begun <= to && last >= from;
}

// A conversation that was not there in this time gives way to one that was.
effect(() => {
  const time = span.value;
  const conversation = time && chosen.peek();
  if (conversation !== undefined && !isInSpan(conversation)) {
    chosenId.value = undefined;
    chosenEvent.value = undefined;
    selection.value = undefined;
  }
});

/** How high a time that is looked at is drawn at true scale, in pixels, and a millisecond where all is looked at. */
const SPAN_HEIGHT = 600;
const MS_HEIGHT = 200;
/** Browsers draw no higher pictures. */
const MOST_HEIGHT = 8e6;

/** From rows to true scale, or back. */
export function switchScale(): void {
  scale.value = scale.value.kind === "rows" ? trueScale(span.value) : { kind: "rows" };
}

function trueScale(time: TimeSpan | undefined): LadderScale {
  const wanted = time === undefined ? MS_HEIGHT : SPAN_HEIGHT / Math.max((time.to - time.from) / 1e6, 1e-3);
  return {
    kind: "time",
    pixelsPerMs: Math.min(wanted, MOST_HEIGHT / Math.max(chosen.peek()?.durationMs ?? 0, 1)),
  };
}

// At true scale the time that is looked at fills the pane.
effect(() => {
  const time = span.value;
  if (scale.peek().kind === "time") scale.value = trueScale(time);
});

/** A ladder that grows with its conversation. */
interface Drawing {
  readonly conversation: Conversation;
  readonly version: number;
  readonly scale: LadderScale;
  readonly ladder: Ladder;
  readonly layout: LadderLayout;
  taken: number;
}

let drawing: Drawing | undefined;

/** The ladder of the chosen conversation with its layout, up to date. */
export function currentDrawing(): Drawing | undefined {
  const conversation = chosen.value;
  if (conversation === undefined) return undefined;
  const isSame =
    drawing?.conversation === conversation &&
    drawing.version === conversation.version &&
    drawing.scale === scale.value;
  if (drawing === undefined || !isSame) {
    const ladder = new Ladder();
    const layout = new LadderLayout(ladder, scale.value);
    const { version } = conversation;
    drawing = { conversation, version, scale: scale.value, ladder, layout, taken: 0 };
  }
  const { ladder, layout } = drawing;
  for (; drawing.taken < conversation.records.length; drawing.taken++)
    ladder.add(conversation.records[drawing.taken] as TraceRecord);
  layout.update(ladder.takeChanged());
  return drawing;
}

/** Where the chosen bytes are on each lane, so that the whole of their way is seen. */
const way = computed<ReadonlySet<LadderEvent>>(() => {
  drawnSlowly.value;
  const bytes = selection.value;
  const ladder = currentDrawing()?.ladder;
  return bytes === undefined || ladder === undefined ? new Set() : ladder.wayOf(bytes);
});

/** Whether the chosen bytes are among those of this event. */
export const isOnWay = (event: LadderEvent): boolean => way.value.has(event);

/** Shows a conversation, from its beginning. */
export function choose(id: number): void {
  if (chosenId.value === id) return;
  chosenId.value = id;
  chosenEvent.value = undefined;
  selection.value = undefined;
}

/** Shows what an event of the ladder carries. */
export function chooseEvent(event: LadderEvent): void {
  chosenId.value = chosen.value?.id;
  chosenEvent.value = event;
  const bytes = event.kind === "mark" ? event.hit : event;
  selection.value =
    bytes === undefined
      ? undefined
      : { flow: bytes.flow, connection: event.connection, start: bytes.start, end: bytes.end };
}
