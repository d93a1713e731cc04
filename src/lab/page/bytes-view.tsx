import { kindAlong } from "../model/kinds.ts";
import { type ExplainedStream, pathTo } from "../model/streams.ts";
import { Rows } from "./rows.tsx";
import { hovered, selection, zoom } from "./state.ts";

const PER_ROW = 16;

/** Hex and text side by side, each byte in the colour of its field. */
export function BytesView({ explained }: { explained: ExplainedStream }) {
  const { stream, flow } = explained;
  const { bytes, base } = stream;
  const chosenBytes = selection.value?.flow === flow ? selection.value : undefined;
  const pointed = hovered.value?.flow === flow ? hovered.value : undefined;
  const choose = (from: number, to: number) => {
    const path = pathTo(explained.nodes, Math.min(from, to));
    const node = path.at(-1);
    selection.value =
      from === to && node !== undefined
        ? { flow, start: node.start, end: node.end }
        : { flow, start: Math.min(from, to), end: Math.max(from, to) + 1 };
  };
  return (
    <Rows
      count={Math.ceil(bytes.length / PER_ROW)}
      rowHeight={Math.round((22 * zoom.value) / 100)}
      class="hex"
      role="table"
      label={`bytes that the ${flow} sent`}
      focusRow={chosenBytes === undefined ? undefined : Math.floor((chosenBytes.start - base) / PER_ROW)}
      onKeyDown={(event) => {
        const at = chosenBytes?.start ?? base;
        const by = MOVES[event.key];
        if (by === undefined) return;
        const next = Math.min(Math.max(at + by, base), base + bytes.length - 1);
        selection.value = { flow, start: next, end: next + 1 };
        event.preventDefault();
      }}
      row={(index) => {
        const start = index * PER_ROW;
        const row = bytes.subarray(start, start + PER_ROW);
        const cells = Array.from(row, (octet, i) => {
          const offset = base + start + i;
          const isIn = (range: { start: number; end: number } | undefined) =>
            range !== undefined && range.start <= offset && offset < range.end;
          const look = `k-${kindAlong(pathTo(explained.nodes, offset))} ${isIn(chosenBytes) ? "selected" : ""} ${isIn(pointed) ? "covered" : ""}`;
          const events = {
            "data-offset": offset,
            onMouseDown: (event: MouseEvent) => {
              choose(event.shiftKey ? (chosenBytes?.start ?? offset) : offset, offset);
            },
            onMouseEnter: () => {
              const node = pathTo(explained.nodes, offset).at(-1);
              hovered.value = node && { flow, start: node.start, end: node.end };
            },
          };
          return { octet, look, events, offset };
        });
        return (
          <div
            class="hex-row"
            role="row"
            key={start}
            onMouseLeave={() => {
              hovered.value = undefined;
            }}
          >
            <span class="offset" role="rowheader">
              {(base + start).toString().padStart(6)}
            </span>
            <span class="octets" role="cell">
              {cells.map(({ octet, look, events, offset }) => (
                <span key={offset} class={look} {...events}>
                  {octet.toString(16).padStart(2, "0")}
                </span>
              ))}
            </span>
            <span class="text" role="cell">
              {cells.map(({ octet, look, events, offset }) => (
                <span key={offset} class={look} {...events}>
                  {octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : (SIGNS[octet] ?? "·")}
                </span>
              ))}
            </span>
          </div>
        );
      }}
    />
  );
}

const MOVES: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -PER_ROW,
  ArrowDown: PER_ROW,
};

/** Line ends are what HTTP is made of, so they have signs of their own. */
const SIGNS: Readonly<Record<number, string>> = { 13: "␍", 10: "␊", 9: "␉", 32: " " };
