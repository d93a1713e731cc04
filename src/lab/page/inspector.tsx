import { signal, useComputed } from "@preact/signals";
import { laneName } from "../../browser.ts";
import { changeInside, type ExplainedStream, streamOf } from "../model/streams.ts";
import { BytesView } from "./bytes-view.tsx";
import { CopyAs } from "./copy-as.tsx";
import { Detail } from "./detail.tsx";
import { FieldsView } from "./fields-view.tsx";
import { chosen, chosenEvent, drawnSlowly, selection, tab } from "./state.ts";
import { TimeView } from "./time-view.tsx";

const TABS = [
  ["fields", "Fields"],
  ["bytes", "Bytes"],
  ["time", "Time"],
] as const;

/** Which sender's bytes are shown while nothing is chosen, and at which lane: by default the one nearest to the sender. */
const shownFlow = signal<"client" | "server">("client");
const shownLane = signal<string | undefined>(undefined);

/** What the chosen bytes are: as a tree of fields, in hex, and in time. */
export function Inspector() {
  const explained = useComputed(() => {
    drawnSlowly.value;
    const conversation = chosen.value;
    if (conversation === undefined) return undefined;
    const event = chosenEvent.value;
    const flow = selection.value?.flow ?? shownFlow.value;
    const seenBy =
      event === undefined || event.kind === "mark"
        ? (selection.value?.connection ?? shownLane.value)
        : event.connection;
    const around = selection.peek()?.start ?? Number.POSITIVE_INFINITY;
    return streamOf(conversation, flow, around, seenBy) ?? streamOf(conversation, flow, around);
  });
  const shown = tab.value;
  return (
    <section class="inspector" aria-labelledby="inspector-title">
      <h2 id="inspector-title" class="visually-hidden">
        Inspector
      </h2>
      <div class="tabs">
        <div role="tablist" aria-label="views of the chosen bytes" onKeyDown={moveTab}>
          {TABS.map(([name, title]) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={shown === name}
              aria-controls="inspector-view"
              tabIndex={shown === name ? 0 : -1}
              onClick={() => {
                tab.value = name;
              }}
            >
              {title}
            </button>
          ))}
        </div>
        <FlowChoice explained={explained.value} />
      </div>
      <Change explained={explained.value} />
      <div id="inspector-view" class="view" role="tabpanel" aria-labelledby={`tab-${shown}`}>
        {shown === "time" ? <TimeView /> : <Streams explained={explained.value} kind={shown} />}
      </div>
      <Detail explained={explained.value} />
      <CopyAs explained={explained.value} />
    </section>
  );
}

function Streams({ explained, kind }: { explained: ExplainedStream | undefined; kind: "fields" | "bytes" }) {
  if (explained === undefined)
    return <p class="empty">No bytes yet. Click a box of the ladder to see what it carries.</p>;
  return kind === "fields" ? <FieldsView explained={explained} /> : <BytesView explained={explained} />;
}

/** Whose bytes are shown: what the client sent, or what the server sent. With a proxy, at which lane. */
function FlowChoice({ explained }: { explained: ExplainedStream | undefined }) {
  const flow = explained?.flow ?? shownFlow.value;
  return (
    <div class="flows" role="group" aria-label="whose bytes">
      <LaneChoice explained={explained} />
      {(["client", "server"] as const).map((name) => (
        <button
          key={name}
          type="button"
          class={name}
          aria-pressed={flow === name}
          onClick={() => {
            chosenEvent.value = undefined;
            selection.value = undefined;
            shownFlow.value = name;
            shownLane.value = undefined;
          }}
        >
          from the {name}
        </button>
      ))}
    </div>
  );
}

/** At which lane: a proxy may have changed the bytes on their way. */
function LaneChoice({ explained }: { explained: ExplainedStream | undefined }) {
  drawnSlowly.value;
  const conversation = chosen.value;
  if (conversation?.proxied !== true || explained === undefined) return null;
  const lanes = [...new Set(conversation.everyEnd.map(({ place }) => laneName(place)))];
  return (
    <select
      aria-label="as seen at"
      value={explained.seenBy}
      onChange={(event) => {
        chosenEvent.value = undefined;
        selection.value = undefined;
        shownFlow.value = explained.flow;
        shownLane.value = event.currentTarget.value;
      }}
    >
      {lanes.map((lane) => (
        <option key={lane}>{lane}</option>
      ))}
    </select>
  );
}

/** What the proxy did to the bytes that are shown. */
function Change({ explained }: { explained: ExplainedStream | undefined }) {
  drawnSlowly.value;
  const conversation = chosen.value;
  if (conversation?.proxied !== true || explained === undefined) return null;
  const change = changeInside(conversation, explained.flow, explained.stream.base);
  return change === undefined ? null : <p class="change">{change}</p>;
}

function moveTab(event: KeyboardEvent): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (by === 0) return;
  const at = TABS.findIndex(([name]) => name === tab.value);
  const [name] = TABS[(at + by + TABS.length) % TABS.length] as (typeof TABS)[number];
  tab.value = name;
  document.getElementById(`tab-${name}`)?.focus();
  event.preventDefault();
}
