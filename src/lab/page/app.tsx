import { printable } from "../../browser.ts";
import { Conversations } from "./conversations.tsx";
import { Drawer } from "./drawer.tsx";
import { Inspector } from "./inspector.tsx";
import { GaugeSwitch } from "./kernel-gauges.tsx";
import { Help } from "./keys.tsx";
import { LadderPane } from "./ladder.tsx";
import { Overview } from "./overview.tsx";
import { openFile } from "./source.ts";
import {
  chosen,
  drawer,
  drawn,
  fileProblem,
  filterText,
  following,
  helpShown,
  recording,
  sourceState,
  zoom,
} from "./state.ts";

export function App() {
  return (
    <div class="lab" style={{ fontSize: `${zoom.value}%` }}>
      <Bar />
      <Overview />
      <main class={`panes ${drawer.value === undefined ? "" : "with-drawer"}`}>
        <Conversations />
        <LadderPane />
        <Inspector />
      </main>
      <Drawer />
      {helpShown.value && <Help />}
    </div>
  );
}

/** What the page's source is doing, in words. */
const SOURCE_WORDS = {
  connecting: "connecting…",
  live: "live",
  complete: "complete recording",
  lost: "connection lost, trying again…",
  refused: "refused: open the URL that the command printed",
  none: "no source: drop a recording here",
} as const;

function Bar() {
  const state = sourceState.value;
  return (
    <header class="bar">
      <h1>
        Wirepane <span>lab</span>
      </h1>
      <span class={`source ${state}`} role="status">
        {SOURCE_WORDS[state]}
        <Dropped />
      </span>
      {fileProblem.value !== undefined && (
        <span class="bad" role="alert">
          {printable(fileProblem.value)}
        </span>
      )}
      <button
        type="button"
        aria-pressed={!following.value}
        title="Hold the picture still while records go on coming (space)"
        onClick={() => {
          following.value = !following.value;
        }}
      >
        {following.value ? "❚❚ hold" : "▶ go on"}
      </button>
      <GaugeSwitch />
      <label class="find">
        <span>find</span>
        <input
          id="filter"
          type="search"
          placeholder="words, status:5xx method:POST bytes>1000 state:open error:"
          value={filterText.value}
          onInput={(event) => {
            filterText.value = event.currentTarget.value;
          }}
        />
      </label>
      <label class="open-file">
        open…
        <input
          type="file"
          accept=".ndjson,.har,.pcapng"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file !== undefined) void openFile(file);
          }}
        />
      </label>
      <button
        type="button"
        title="Keys (?)"
        aria-label="keys"
        onClick={() => {
          helpShown.value = true;
        }}
      >
        ?
      </button>
    </header>
  );
}

function Dropped() {
  drawn.value;
  const { dropped, count } = recording.value;
  if (dropped > 0)
    return (
      <strong class="dropped"> · {dropped.toLocaleString("en")} records dropped, the oldest first</strong>
    );
  return chosen.value === undefined ? null : <> · {count.toLocaleString("en")} records</>;
}
