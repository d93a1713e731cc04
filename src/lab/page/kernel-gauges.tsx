import { columnsOf, type Ladder, type LadderLayout, type Lane } from "../../browser.ts";
import type { Conversation } from "../model/conversation.ts";
import { areaOf, type Gauge } from "../model/gauges.ts";
import { currentGauges, gaugeProblem, gauging, switchGauges } from "./gauging.ts";
import { hasServer } from "./source.ts";
import { sourceState } from "./state.ts";

const gaugesOf = (lane: Lane, conversation: Conversation | undefined): readonly Gauge[] => {
  const end = conversation?.endOf(lane.name);
  return end === undefined ? [] : currentGauges().of(end.connection);
};

/** Two tracks on the side of each lane where its connection is, in pixels. */
const TRACK = 24;
const BETWEEN = 3;

/** Beside the boxes of each lane: what the kernel held as time goes down. Near the boxes what was sent, beyond what came. */
export function GaugeAreas({
  ladder,
  layout,
  conversation,
  width,
}: {
  readonly ladder: Ladder;
  readonly layout: LadderLayout;
  readonly conversation: Conversation;
  readonly width: number;
}) {
  const { lanes } = ladder;
  const columns = columnsOf(width, lanes);
  const all = lanes.map((lane) => gaugesOf(lane, conversation));
  const most = Math.max(1, ...all.flat().flatMap(({ send, receive }) => [send, receive]));
  return (
    <g class="gauges" aria-hidden="true">
      {all.map((gauges, column) => {
        const { x, box } = columns.lanes[column] ?? { x: 0, box: 0 };
        // The connection of an end that accepted leads to the left.
        const [edge, way] = lanes[column]?.role === "server" ? [x, -1] : [x + box, 1];
        const place = { width: way * TRACK, most, yAt: (t: number) => layout.yAt(t) };
        const tracks = { send: edge + way * BETWEEN, receive: edge + way * (TRACK + 2 * BETWEEN) };
        return [
          <path
            key={`${column} send`}
            class="send"
            d={areaOf(gauges, "send", { ...place, x: tracks.send })}
          />,
          <path
            key={`${column} receive`}
            class="receive"
            d={areaOf(gauges, "receive", { ...place, x: tracks.receive })}
          />,
        ];
      })}
    </g>
  );
}

/** The switch. Only on a live page: a recording does not tell what the kernel held. */
export function GaugeSwitch() {
  if (!hasServer || sourceState.value === "complete") return null;
  return (
    <button
      type="button"
      aria-pressed={gauging.value}
      title="What the kernel holds: bytes that the peer has not acknowledged, and bytes that the program has not read. On Linux"
      onClick={() => void switchGauges()}
    >
      kernel queues
    </button>
  );
}

/** For each lane in words what the kernel held last and at most, once somebody asked. */
export function GaugeBar({
  lanes,
  conversation,
}: {
  readonly lanes: readonly Lane[];
  readonly conversation: Conversation | undefined;
}) {
  if (gaugeProblem.value !== undefined)
    return (
      <p class="gauge-bar bad" role="alert">
        {gaugeProblem.value}
      </p>
    );
  if (!gauging.value) return null;
  return (
    <div class="gauge-bar">
      {lanes.map((lane) => (
        <GaugeText key={lane.name} name={lane.name} gauges={gaugesOf(lane, conversation)} />
      ))}
    </div>
  );
}

function GaugeText({ name, gauges }: { readonly name: string; readonly gauges: readonly Gauge[] }) {
  const last = gauges.at(-1);
  const most = (which: "send" | "receive") => gauges.reduce((high, gauge) => Math.max(high, gauge[which]), 0);
  const text = (which: "send" | "receive", word: string) =>
    `${word} ${bytesText(last?.[which] ?? 0)} (at most ${bytesText(most(which))})`;
  return (
    <span>
      <b>{name}</b>{" "}
      {last === undefined
        ? "not known"
        : `${text("send", "not acknowledged")}, ${text("receive", "not read")}`}
    </span>
  );
}

const bytesText = (bytes: number): string => `${bytes.toLocaleString("en")} B`;
