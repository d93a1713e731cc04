import { useLayoutEffect } from "preact/hooks";
import {
  BOX,
  columnsOf,
  formatAddress,
  formatMs,
  type LadderLayout,
  type Lane,
  laneLook,
  leastWidth,
  ROW,
  type Shape,
  shapesOf,
} from "../../browser.ts";
import { faults } from "./faulting.ts";
import { GaugeAreas, GaugeBar } from "./kernel-gauges.tsx";
import { mayPlay, servers } from "./playing.ts";
import { useView, useWidth } from "./rows.tsx";
import {
  chooseEvent,
  chosen,
  chosenEvent,
  currentDrawing,
  drawer,
  drawn,
  isOnWay,
  scale,
  sourceState,
  span,
  switchScale,
  type TimeSpan,
  welcome,
  zoom,
} from "./state.ts";

/** The picture: the lanes, and what crossed between them. Only what is in view is drawn. */
export function LadderPane() {
  drawn.value;
  const [ref, top, height, left] = useView();
  const [pane, paneWidth] = useWidth<HTMLElement>(700);
  const drawing = currentDrawing();
  const factor = zoom.value / 100;
  const lanes = drawing?.ladder.lanes ?? [];
  // Four lanes on a narrow screen: what has no room is scrolled to.
  const width = lanes.length > 2 ? Math.max(paneWidth, leastWidth(lanes) * factor) : paneWidth;
  const event = chosenEvent.value;
  // A recording that grows stays at its end, as long as its user has chosen nothing.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null || drawing === undefined || event === undefined) return;
    const y = drawing.layout.topOf(event) * factor;
    if (y < element.scrollTop + 20) element.scrollTop = y - 40;
    else if (y > element.scrollTop + element.clientHeight - 60)
      element.scrollTop = y - element.clientHeight + 100;
  }, [event, drawing, factor]);
  const time = span.value;
  const { conversation } = drawing ?? {};
  // Shows the time that was chosen, of each conversation that is chosen then.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null || drawing === undefined || time === undefined) return;
    element.scrollTop = Math.max(drawing.layout.topFrom(time.from) - ABOVE_SPAN, 0) * factor;
  }, [time, conversation, drawing?.scale, factor]);
  return (
    <section ref={pane} class="ladder" aria-labelledby="ladder-title">
      <h2 id="ladder-title" class="visually-hidden">
        Ladder
      </h2>
      <LaneNames width={width} lanes={lanes} shift={left} />
      <GaugeBar lanes={lanes} conversation={conversation} />
      <div ref={ref} class="scroll" tabIndex={0} role="group" aria-label="ladder of the conversation">
        {drawing === undefined ? (
          <p class="empty">Nothing is recorded yet. The picture is drawn as soon as something connects.</p>
        ) : (
          <svg
            width={width > paneWidth ? width : "100%"}
            height={drawing.layout.height * factor}
            viewBox={`0 0 ${width / factor} ${drawing.layout.height}`}
            preserveAspectRatio="xMinYMin meet"
            role="list"
            aria-label="what happened, in order of time"
          >
            <GaugeAreas
              ladder={drawing.ladder}
              layout={drawing.layout}
              conversation={drawing.conversation}
              width={width / factor}
            />
            {shapesOf(drawing.ladder, drawing.layout, {
              width: width / factor,
              top: top / factor - 200,
              bottom: (top + height) / factor + 200,
            }).map((shape) => (
              <Drawn shape={shape} key={keyOf(shape)} />
            ))}
            {time !== undefined && <Outside layout={drawing.layout} time={time} />}
          </svg>
        )}
        {welcome.value && drawing !== undefined && drawer.value === undefined && <Welcome />}
      </div>
    </section>
  );
}

/** Pixels of what was before a chosen time that stay in view. */
const ABOVE_SPAN = 40;
/** A veil ends between two rows. */
const BETWEEN_ROWS = (ROW - BOX) / 2;

/** Veils over what happened before the chosen time, and after it. */
function Outside({ layout, time }: { layout: LadderLayout; time: TimeSpan }) {
  const first = Math.max(layout.topFrom(time.from) - BETWEEN_ROWS, 0);
  const last = layout.topFrom(time.to + 1) - BETWEEN_ROWS;
  return (
    <g class="outside" aria-hidden="true">
      <rect x="0" y="0" width="100%" height={first} />
      <rect x="0" y={last} width="100%" height={Math.max(layout.height - last, 0)} />
    </g>
  );
}

function LaneNames({ width, lanes, shift }: { width: number; lanes: readonly Lane[]; shift: number }) {
  drawn.value; // the ladder grows, and stays the same object
  const factor = zoom.value / 100;
  const columns = columnsOf(width / factor, lanes);
  return (
    <div class={`lanes ${lanes.length > 2 ? "many" : ""}`}>
      {lanes.map((lane, column) => {
        const { x, box } = columns.lanes[column] ?? { x: 0, box: 0 };
        // A name may be longer than its lane is wide.
        const more = lanes.length > 2 ? 14 : 0;
        return (
          <span
            key={lane.name}
            class={`lane ${laneLook(lane.name)}`}
            style={{ left: `${(x - more) * factor - shift}px`, width: `${(box + 2 * more) * factor}px` }}
          >
            {lane.recorded || lanes.length > 2 ? lane.name : `${lane.name}: ${whyEmpty(lane)}`}{" "}
            <small>{lane.recorded || lanes.length <= 2 ? aboutLane(lane) : whyEmpty(lane)}</small>
          </span>
        );
      })}
      <button
        type="button"
        class="scale"
        aria-pressed={scale.value.kind === "time"}
        title="A millisecond is as high everywhere, or every event has a row of its own"
        onClick={switchScale}
      >
        true scale
      </button>
    </div>
  );
}

/** A server of the drawer tells all that it does: what has no record there still waits in the backlog. */
function whyEmpty({ name }: Lane): string {
  const isOurs = servers.value.some(({ host, port }) => `${host}:${port}` === chosen.value?.host);
  return name === "server" && isOurs ? "has not accepted yet" : "not recorded";
}

/** The end's own address; the server's is known from its client, too. */
function aboutLane({ name }: Lane): string {
  const conversation = chosen.value;
  const end = conversation?.endOf(name);
  const address = name === "server" ? conversation?.host : end?.local && formatAddress(end.local);
  return `${address ?? ""}${end?.worker === undefined ? "" : ` · worker ${end.worker}`}`;
}

function Drawn({ shape }: { shape: Shape }) {
  switch (shape.shape) {
    case "box":
      return <Box shape={shape} />;
    case "hit":
      return (
        <rect class="hit" x={shape.x} y={shape.y} width={shape.width} height={shape.height}>
          <title>{shape.mark.text}</title>
        </rect>
      );
    case "band":
      return <path class={shape.look} d={shape.path} />;
    case "line":
      return <line class={shape.look} x1={shape.x1} y1={shape.y1} x2={shape.x2} y2={shape.y2} />;
    case "text":
      return (
        <text class={shape.look} x={shape.x} y={shape.y} text-anchor={shape.anchor}>
          {shape.text}
        </text>
      );
    case "bar":
      return (
        <g class={shape.look}>
          <rect x={shape.x} y={shape.y} width={shape.width} height={shape.height} rx="1.5">
            <title>{barTitle(shape.stretch.kind, shape.label)}</title>
          </rect>
          {shape.stretch.kind === "handler" && shape.height > 40 && (
            <text x={shape.x + shape.width - 7} y={shape.y + shape.height / 2 + 4} text-anchor="end">
              {shape.label}
            </text>
          )}
        </g>
      );
    default:
      return shape satisfies never;
  }
}

function Box({ shape }: { shape: Extract<Shape, { shape: "box" }> }) {
  const { event, x, y, width, height, label, detail } = shape;
  const isChosen = chosenEvent.value === event;
  // A text of SVG is not cut by its box: about as many characters as fit are shown.
  const room = Math.floor((width - 22) / CHARACTER_WIDTH) - label.length;
  return (
    <g
      class={`box ${shape.look} ${isChosen ? "chosen" : ""} ${isOnWay(event) ? "covered" : ""}`}
      role="listitem"
      aria-label={`${event.lane} ${label} ${detail}, at ${formatMs(event.t)}`}
      onClick={() => chooseEvent(event)}
    >
      <rect x={x} y={y} width={width} height={height} rx="3" />
      <text x={x + 7} y={y + 15}>
        <tspan class="verb">{label}</tspan>
        {room > 4 && detail !== "" && (
          <tspan class="detail" dx="8">
            {detail.length > room ? `${detail.slice(0, room - 1)}…` : detail}
          </tspan>
        )}
      </text>
      <title>{detail}</title>
    </g>
  );
}

/** Of the widest of the fonts that the style sheet names, at its size. */
const CHARACTER_WIDTH = 7;

function barTitle(kind: "sends" | "receives" | "state" | "handler", label: string): string {
  switch (kind) {
    case "sends":
      return "may send";
    case "receives":
      return "may receive";
    case "handler":
      return `${label}: from the end of the request to the first byte of the answer`;
    default:
      return `HTTP state: ${label}`;
  }
}

const keys = new WeakMap<object, number>();
let lastKey = 0;

/** One key for one thing of the recording, so that what scrolls keeps its elements. */
function keyOf(shape: Shape): string {
  const thing =
    shape.shape === "box"
      ? shape.event
      : shape.shape === "band"
        ? shape.band
        : shape.shape === "bar"
          ? shape.stretch
          : undefined;
  if (thing === undefined)
    return shape.shape === "text" ? `t${shape.y}${shape.text}` : `l${JSON.stringify(shape)}`;
  const key = keys.get(thing) ?? ++lastKey;
  keys.set(thing, key);
  return `${shape.shape}${key}`;
}

/** On first opening: where to look. */
function Welcome() {
  return (
    <aside class="welcome" aria-label="where to look">
      <ol>
        <li>
          <b>Time runs down.</b> The client stands left, the server right, a proxy between. A band leads the
          bytes of a write to the reads they came out of.
          {mayPlay.value &&
            sourceState.value === "live" &&
            " Look at #1: one long write is read in pieces. TCP keeps the order of bytes, and no borders of messages."}
        </li>
        <li>
          <b>Click a box:</b> on the right its bytes are told apart, field by field, with the rule that says
          so.
        </li>
        {faults.value === undefined && !mayPlay.value && (
          <li>
            <b>Below, under step,</b> go through an exchange one event at a time, forwards and back.
          </li>
        )}
        {faults.value === undefined && mayPlay.value && (
          <li>
            <b>Below, under servers,</b> send clients to a sequential and to a threaded server, and see who
            waits.
          </li>
        )}
        {faults.value !== undefined && (
          <li>
            <b>Below, under faults,</b> let the proxy hold back, cut or drop what passes, and see what both
            programs do.
          </li>
        )}
      </ol>
      <button
        type="button"
        onClick={() => {
          welcome.value = false;
        }}
      >
        got it
      </button>
    </aside>
  );
}

/** Moves to the next event, or the one before. */
export function stepEvent(by: number): void {
  const drawing = currentDrawing();
  if (drawing === undefined) return;
  const { events } = drawing.ladder;
  const at = chosenEvent.value === undefined ? -1 : events.indexOf(chosenEvent.value);
  const next = events[Math.min(Math.max(at + by, 0), events.length - 1)];
  if (next !== undefined) chooseEvent(next);
}
