import { useMemo, useRef } from "preact/hooks";
import { formatMs } from "../../browser.ts";
import type { Overview as Amounts } from "../model/overview.ts";
import { sparkline, waitsOf } from "../model/waits.ts";
import { chosen, drawn, drawnSlowly, recording, span, type TimeSpan } from "./state.ts";

/** Steps of the arrow keys, and of Page Up and Page Down: parts of the whole recording. */
const STEP = 1 / 100;
const PAGE = 1 / 10;
/** A pointer that moved less has clicked. */
const CLICK_PIXELS = 4;
/** So many parts of the chosen conversation's time are told apart. */
const PARTS = 200;

/** The whole recording in a strip. A part of its time is chosen by dragging, or by its two ends. */
export function Overview() {
  drawn.value;
  const { overview } = recording.value;
  const track = useRef<HTMLDivElement>(null);
  const whole = { from: overview.begun, to: Math.max(overview.last, overview.begun + 1) };
  const shown = span.value ?? whole;
  if (overview.slices.length === 0) return null;
  const timeAt = (event: PointerEvent): number => {
    const { left, width } = track.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    const share = Math.min(Math.max((event.clientX - left) / Math.max(width, 1), 0), 1);
    return whole.from + share * (whole.to - whole.from);
  };
  return (
    <section class="overview" aria-label="the whole recording">
      <div ref={track} class="track" onPointerDown={(event) => brush(event, timeAt)}>
        <Pulse overview={overview} />
        <ChosenTimes whole={whole} />
        {span.value !== undefined && (
          <>
            <div class="outside" style={{ left: 0, width: percent(shown.from, whole) }} />
            <div class="outside" style={{ left: percent(shown.to, whole), right: 0 }} />
          </>
        )}
        <Thumb edge="from" whole={whole} shown={shown} timeAt={timeAt} />
        <Thumb edge="to" whole={whole} shown={shown} timeAt={timeAt} />
      </div>
      <span class="chosen-span">
        {span.value === undefined
          ? `all, ${formatMs(whole.to - whole.from)}`
          : `${formatMs(shown.from - whole.from)} to ${formatMs(shown.to - whole.from)}`}
      </span>
      <button
        type="button"
        disabled={span.value === undefined}
        onClick={() => {
          span.value = undefined;
        }}
      >
        show all
      </button>
    </section>
  );
}

const percent = (t: number, { from, to }: TimeSpan): string =>
  `${Math.min(Math.max((t - from) / (to - from), 0), 1) * 100}%`;

/** A new span, from where the pointer goes down to where it goes up. A click shows everything again. */
function brush(event: PointerEvent, timeAt: (event: PointerEvent) => number): void {
  if (event.button !== 0 || (event.target as Element).closest("[role=slider]") !== null) return;
  const track = event.currentTarget as HTMLElement;
  const [start, x] = [timeAt(event), event.clientX];
  const onMove = (moved: PointerEvent) => {
    if (Math.abs(moved.clientX - x) < CLICK_PIXELS) return;
    const end = timeAt(moved);
    span.value = { from: Math.min(start, end), to: Math.max(start, end) };
  };
  track.setPointerCapture(event.pointerId);
  track.addEventListener("pointermove", onMove);
  track.addEventListener(
    "lostpointercapture",
    (lost) => {
      track.removeEventListener("pointermove", onMove);
      if (Math.abs(lost.clientX - x) < CLICK_PIXELS) span.value = undefined;
    },
    { once: true },
  );
}

interface ThumbProps {
  readonly edge: "from" | "to";
  readonly whole: TimeSpan;
  readonly shown: TimeSpan;
  readonly timeAt: (event: PointerEvent) => number;
}

/** One end of the chosen span. */
function Thumb({ edge, whole, shown, timeAt }: ThumbProps) {
  const all = whole.to - whole.from;
  const move = (t: number) => {
    const other = edge === "from" ? shown.to : shown.from;
    const [least, most] = edge === "from" ? [whole.from, other] : [other, whole.to];
    const moved = { ...shown, [edge]: Math.min(Math.max(t, least), most) };
    span.value = moved.from <= whole.from && moved.to >= whole.to ? undefined : moved;
  };
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: shown[edge] - STEP * all, ArrowRight: shown[edge] + STEP * all },
    ...{ ArrowDown: shown[edge] - STEP * all, ArrowUp: shown[edge] + STEP * all },
    ...{ PageDown: shown[edge] - PAGE * all, PageUp: shown[edge] + PAGE * all },
    ...{ Home: whole.from, End: whole.to },
  };
  return (
    <div
      class={`thumb ${edge}`}
      role="slider"
      tabIndex={0}
      aria-label={edge === "from" ? "show from" : "show up to"}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={1000}
      aria-valuenow={Math.round(((shown[edge] - whole.from) / all) * 1000)}
      aria-valuetext={formatMs(shown[edge] - whole.from)}
      style={{ left: percent(shown[edge], whole) }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) move(timeAt(event));
      }}
      onKeyDown={(event) => {
        const t = steps[event.key];
        if (t === undefined) return;
        move(t);
        event.preventDefault();
      }}
    />
  );
}

/** Bytes of the client upwards, of the server downwards. The root of their number: a head is seen beside a download. */
function Pulse({ overview }: { overview: Amounts }) {
  const { slices, sliceNs, begun, last } = overview;
  const most = Math.sqrt(slices.reduce((high, { client, server }) => Math.max(high, client, server), 1));
  const height = (bytes: number, records: number): number =>
    records === 0 ? 0 : Math.max(Math.sqrt(bytes) / most, 0.08);
  const paths = (["client", "server"] as const).map((side) =>
    slices
      .map((slice, i) => {
        const y = height(slice[side], slice.records) * (side === "client" ? -1 : 1);
        return y === 0 ? "" : `M${i} 0v${y.toFixed(3)}h1v${(-y).toFixed(3)}z`;
      })
      .join(""),
  );
  return (
    <svg
      viewBox={`0 -1 ${Math.max((last - begun) / sliceNs, 1)} 2`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="client" d={paths[0]} />
      <path class="server" d={paths[1]} />
    </svg>
  );
}

/** When the chosen conversation was there, and when it waited. */
function ChosenTimes({ whole }: { whole: TimeSpan }) {
  const conversation = chosen.value;
  const waited = useMemo(() => {
    if (conversation === undefined) return undefined;
    const { begun: from, last: to } = conversation;
    return { from, to, shares: sparkline(waitsOf(conversation), { from, to }, PARTS) };
  }, [conversation, drawnSlowly.value]);
  if (waited === undefined) return null;
  const { from, to, shares } = waited;
  return (
    <div
      class="chosen-times"
      style={{ left: percent(from, whole), right: `calc(100% - ${percent(to, whole)})` }}
    >
      <svg viewBox={`0 0 ${PARTS} 1`} preserveAspectRatio="none" aria-hidden="true">
        <path d={shares.map((share, i) => (share > 0 ? `M${i} 0h1v1h-1z` : "")).join("")} />
      </svg>
    </div>
  );
}
