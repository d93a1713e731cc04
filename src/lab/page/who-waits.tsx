import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formatMs } from "../../browser.ts";
import { type ClientRow, isServed, type Part, type Waiting, waitingOf } from "../model/waiting.ts";
import { wordsOf } from "../model/waiting-words.ts";
import type { Run } from "./playing.ts";
import { nameOf } from "./servers.tsx";
import { choose, chosen, drawn, recording } from "./state.ts";

/** Counts up while something goes on: its bars grow between two records, too. */
const ticks = signal(0);
const TICK_MS = 100;

/** What each colour means. */
const MEANINGS = {
  connecting: "connecting",
  waiting: "waiting for the server",
  served: "being served",
  slow: "silent itself",
} as const;

/** A row for each client and for each worker; time to the right. Runs stand beside each other on one scale. */
export function WhoWaits({ runs }: { runs: readonly Run[] }) {
  drawn.value;
  ticks.value;
  const { conversations } = recording.value;
  const now = clock.of(Math.max(0, ...conversations.slice(-100).map(({ last }) => last)));
  const shown = runs.map((run) => ({ run, waiting: waitingOf(run.ports, conversations, now) }));
  const goesOn = shown.some(({ waiting }) => waiting.clients.some((row) => row.goesOn));
  useEffect(() => {
    if (!goesOn) return;
    const timer = setInterval(() => ticks.value++, TICK_MS);
    return () => clearInterval(timer);
  }, [goesOn]);
  const span = Math.max(1e6, ...shown.map(({ waiting: { from, to } }) => to - from));
  return (
    <div class="who-waits">
      <p class="legend">
        {Object.entries(MEANINGS).map(([doing, meaning]) => (
          <span key={doing}>
            <i class={`doing ${doing}`} /> {meaning}
          </span>
        ))}
      </p>
      <div class="runs">
        {shown.map(({ run, waiting }) => (
          <RunPicture key={run.number} run={run} waiting={waiting} span={span} />
        ))}
      </div>
    </div>
  );
}

/**
 * The time of the recording, now. Records arrive a little late, by a different time each: the quickest one tells best how
 * the two clocks differ.
 */
const clock = {
  ahead: Number.POSITIVE_INFINITY,
  of(latestRecord: number): number {
    const here = performance.now() * 1e6;
    this.ahead = Math.min(this.ahead, here - latestRecord);
    return here - this.ahead;
  },
};

function RunPicture({ run, waiting, span }: { run: Run; waiting: Waiting; span: number }) {
  const { from, clients, workers } = waiting;
  const place = { from, span };
  const title = nameOf(run.server);
  return (
    <section class="run" aria-label={`who waits: ${title}`}>
      <h3>
        {title} <small>{run.server.mechanism}</small>
      </h3>
      <p class="words" aria-live="polite">
        {wordsOf(waiting, run.server).join(" ")}
      </p>
      <div role="table" aria-label={`time of each client, ${title}`}>
        {clients.map((row) => (
          <div role="row" class="wait-row" key={row.client}>
            <span role="rowheader">
              <button
                type="button"
                class={`client-name ${row.conversation === chosen.value?.id ? "selected" : ""}`}
                disabled={row.conversation === undefined}
                title="Show this conversation in the ladder"
                onClick={() => row.conversation !== undefined && choose(row.conversation)}
              >
                client {row.client}
              </button>
            </span>
            <span role="cell" class="track" aria-label={inWords(row)}>
              <Parts parts={row.parts} {...place} />
            </span>
          </div>
        ))}
        {workers.map(({ name, lanes }) => (
          <div role="row" class="wait-row worker" key={name}>
            <span role="rowheader">{name}</span>
            <span role="cell" class="lanes-of-worker" aria-label={servedInWords(lanes)}>
              {lanes.map((lane, index) => (
                <span class="track" key={lane[0]?.client ?? index}>
                  {lane.map((row) => (
                    <Parts
                      key={row.client}
                      parts={row.parts.filter(isServed)}
                      label={String(row.client)}
                      {...place}
                    />
                  ))}
                </span>
              ))}
            </span>
          </div>
        ))}
      </div>
      <p class="axis quiet" aria-hidden="true">
        <span>0</span>
        <span>{formatMs(span)}</span>
      </p>
    </section>
  );
}

interface PartsProps {
  readonly parts: readonly Part[];
  readonly from: number;
  readonly span: number;
  readonly label?: string;
}

function Parts({ parts, from, span, label }: PartsProps) {
  const widest = Math.max(...parts.map((part) => part.to - part.from));
  return (
    <>
      {parts.map((part) => (
        <span
          key={`${part.doing} ${part.from}`}
          class={`doing ${part.doing}`}
          title={`${MEANINGS[part.doing]} ${formatMs(part.to - part.from)}`}
          style={{
            left: `${((part.from - from) / span) * 100}%`,
            width: `max(2px, ${((part.to - part.from) / span) * 100}%)`,
          }}
        >
          {part.to - part.from === widest ? label : ""}
        </span>
      ))}
    </>
  );
}

const inWords = ({ parts }: ClientRow): string =>
  parts.length === 0
    ? "not recorded yet"
    : parts.map(({ doing, from, to }) => `${MEANINGS[doing]} ${formatMs(to - from)}`).join(", ");

const servedInWords = (lanes: readonly (readonly ClientRow[])[]): string =>
  `serves ${lanes
    .map((lane) => lane.map(({ client }) => `client ${client}`).join(", then "))
    .join("; at the same time ")}`;
