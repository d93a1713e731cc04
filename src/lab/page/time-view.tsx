import { formatMs, printable } from "../../browser.ts";
import { type TimedExchange, timesOf } from "../model/times.ts";
import { chosen, drawn } from "./state.ts";

/** How the time of the conversation was spent: its setup, then a row for each exchange. */
export function TimeView() {
  drawn.value;
  const conversation = chosen.value;
  if (conversation === undefined) return <p class="empty">Nothing is recorded yet.</p>;
  const { from, to, rows } = timesOf(conversation);
  const place = (t: number) => `${((t - from) / Math.max(to - from, 1)) * 100}%`;
  return (
    <div class="times" role="table" aria-label="time of each exchange" tabIndex={0}>
      {rows.map((row) => (
        <div role="row" class="times-row" key={row.key}>
          <span role="rowheader" class="what">
            {printable(row.what)}
          </span>
          <span role="cell" class="track">
            {row.phases.map(({ name, from: start, to: end }) => (
              <span
                key={name}
                class={`phase ${name}`}
                title={`${name} ${formatMs(end - start)}`}
                style={{ left: place(start), width: `max(2px, calc(${place(end)} - ${place(start)}))` }}
              />
            ))}
          </span>
          <span role="cell" class="sum">
            {row.phases.map(phaseText).join("  ")}
          </span>
        </div>
      ))}
      <p class="quiet">
        <i class="phase connect" /> connect <i class="phase send" /> send <i class="phase wait" /> wait{" "}
        <i class="phase server" /> handler <i class="phase receive" /> receive · in all {formatMs(to - from)}
      </p>
    </div>
  );
}

const phaseText = ({ name, from, to }: TimedExchange["phases"][number]): string =>
  `${name === "server" ? "handler" : name} ${formatMs(to - from)}`;
