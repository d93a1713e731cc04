import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { formatMs, parseFilter, printable } from "../../browser.ts";
import type { Conversation } from "../model/conversation.ts";
import { filterableOf } from "../model/filterable.ts";
import { sparkline, type Wait, waitsOf } from "../model/waits.ts";
import { Rows } from "./rows.tsx";
import {
  choose,
  chosen,
  drawn,
  drawnSlowly,
  filterText,
  isInSpan,
  recording,
  sourceState,
  span,
  zoom,
} from "./state.ts";

/** All ends of a conversation are one row. */
export function Conversations() {
  const filter = useComputed(() => parseFilter(filterText.value));
  const shown = useComputed(() => {
    const { matches } = filter.value;
    const { conversations } = recording.value;
    const wanted = filterText.value.trim() === "" ? undefined : matches;
    if (wanted === undefined && span.value === undefined) return conversations;
    drawnSlowly.value;
    return conversations.filter(
      (conversation) =>
        isInSpan(conversation) && (wanted === undefined || filterableOf(conversation).some(wanted)),
    );
  });
  drawn.value;
  const list = shown.value;
  const selected = chosen.value;
  const row = list.findIndex(({ id }) => id === selected?.id);
  const move = (by: number) => {
    const next = list[Math.min(Math.max(row + by, 0), list.length - 1)];
    if (next !== undefined) choose(next.id);
  };
  return (
    <section class="conversations" aria-labelledby="conversations-title">
      <h2 id="conversations-title">Conversations</h2>
      {filter.value.error && (
        <p class="problem" role="alert">
          {filter.value.error.message}
        </p>
      )}
      {list.length === 0 && <Empty filtered={recording.value.conversations.length > 0} />}
      <Rows
        count={list.length}
        rowHeight={Math.round((46 * zoom.value) / 100)}
        class="list"
        label="conversations"
        focusRow={row}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") move(1);
          else if (event.key === "ArrowUp") move(-1);
          else return;
          event.preventDefault();
        }}
        row={(index) => {
          // The list belongs to the recording. Since `count` was read, two ends may have become one row.
          const conversation = list[index];
          return conversation === undefined ? null : (
            <Row key={conversation.id} conversation={conversation} selected={conversation === selected} />
          );
        }}
      />
    </section>
  );
}

function Empty({ filtered }: { filtered: boolean }) {
  return (
    <p class="empty">
      {filtered
        ? "No conversation matches. Clear the field above, and show all of the time, to see all."
        : sourceState.value === "complete"
          ? "This recording has no conversation."
          : "Nothing has connected yet. Conversations appear here as they begin."}
    </p>
  );
}

function Row({ conversation, selected }: { conversation: Conversation; selected: boolean }) {
  const { id, state, exchanges, host } = conversation;
  const last = exchanges.at(-1);
  const asked = last?.request === undefined ? "" : `${last.request.method} ${last.request.target}`;
  const status = last?.response === undefined || last.response.status === 0 ? "" : `${last.response.status}`;
  const what = asked === "" ? `TCP ${host}` : asked;
  return (
    <div
      role="option"
      aria-selected={selected}
      class={`conversation ${selected ? "selected" : ""}`}
      tabIndex={-1}
      onClick={() => choose(id)}
      onKeyDown={(event) => {
        if (event.key === "Enter") choose(id);
      }}
    >
      <div class="line">
        <span class={`dot ${state}`} title={state} />
        <span class="number">#{id}</span>
        <span class="what">{printable(what)}</span>
        {status !== "" && <span class={`status s${status[0]}`}>{printable(status)}</span>}
      </div>
      <div class="line more">
        <span>{state}</span>
        {conversation.proxied && <span class="via">via proxy</span>}
        {conversation.faults.size > 0 && <Cut class="fault" text={[...conversation.faults].join(", ")} />}
        {exchanges.length > 1 && (
          <Cut class="count" text={`${exchanges.length} exchanges on one connection`} />
        )}
        <Waiting conversation={conversation} />
        <span>{conversation.bytes.toLocaleString("en")} B</span>
        <span>{formatMs(conversation.durationMs * 1e6)}</span>
        {conversation.error !== undefined && <Cut class="bad" text={conversation.error} />}
      </div>
    </div>
  );
}

/** A text that may be too long for its row: all of it is shown where the pointer rests. */
function Cut({ text, ...props }: { class: string; text: string }) {
  return (
    <span class={`cut ${props.class}`} title={printable(text)}>
      {printable(text)}
    </span>
  );
}

/** So many parts of a conversation's time are told apart. */
const PARTS = 32;

/** When in its time a conversation waited: the first, and mostly the only thing that people look for. */
function Waiting({ conversation }: { conversation: Conversation }) {
  // A conversation of thousands of exchanges is not gone through with each frame.
  const waits = useMemo((): readonly Wait[] => waitsOf(conversation), [conversation, drawnSlowly.value]);
  const waitedNs = waits.reduce((sum, { from, to }) => sum + (to - from), 0);
  const shares = sparkline(waits, { from: conversation.begun, to: conversation.last }, PARTS);
  const said = `waited ${formatMs(waitedNs)} of ${formatMs(conversation.last - conversation.begun)}`;
  return (
    <span class="waiting" role="img" aria-label={said} title={said}>
      <svg viewBox={`0 0 ${PARTS} 1`} preserveAspectRatio="none" aria-hidden="true">
        <path d={shares.map((share, i) => (share > 0 ? `M${i} 1v${-share.toFixed(2)}h1V1z` : "")).join("")} />
      </svg>
    </span>
  );
}
