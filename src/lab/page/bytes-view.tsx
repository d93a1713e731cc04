import { kindAlong } from "../model/kinds.ts";
import { type ExplainedStream, pathTo } from "../model/streams.ts";
import { Rows, useWidth } from "./rows.tsx";
import { hovered, partOf, selection, zoom } from "./state.ts";

/** As many as fit beside their text. */
const perRow = (width: number): number => (width < (560 * zoom.value) / 100 ? 8 : 16);

/** Hex and text side by side, each byte in the colour of its field. */
export function BytesView({ explained }: { explained: ExplainedStream }) {
  const [ref, width] = useWidth<HTMLDivElement>(400);
  const count = perRow(width);
  const { stream, flow, connection } = explained;
  const { bytes, base } = stream;
  const chosenBytes = partOf(explained, selection.value);
  const pointed = partOf(explained, hovered.value);
  const choose = (from: number, to: number) => {
    const path = pathTo(explained.nodes, Math.min(from, to));
    const node = path.at(-1);
    selection.value =
      from === to && node !== undefined
        ? { flow, connection, start: node.start, end: node.end }
        : { flow, connection, start: Math.min(from, to), end: Math.max(from, to) + 1 };
  };
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -count,
    ArrowDown: count,
  };
  return (
    <div ref={ref} class="fill">
      <Rows
        count={Math.ceil(bytes.length / count)}
        rowHeight={Math.round((22 * zoom.value) / 100)}
        class="hex"
        role="table"
        label={`bytes that the ${flow} sent`}
        focusRow={chosenBytes === undefined ? undefined : Math.floor((chosenBytes.start - base) / count)}
        onKeyDown={(event) => {
          const at = chosenBytes?.start ?? base;
          const by = moves[event.key];
          if (by === undefined) return;
          const next = Math.min(Math.max(at + by, base), base + bytes.length - 1);
          selection.value = { flow, connection, start: next, end: next + 1 };
          event.preventDefault();
        }}
        row={(index) => {
          const start = index * count;
          const row = bytes.subarray(start, start + count);
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
                hovered.value = node && { flow, connection, start: node.start, end: node.end };
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
              <span class="octets" role="cell" style={{ minWidth: `calc(${count} * (2ch + 0.44em))` }}>
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
    </div>
  );
}

/**
 * Line ends are what HTTP is made of, so they have signs of their own: arrows to where each moves a typewriter. Many fonts
 * lack the pictures that Unicode has for them.
 */
const SIGNS: Readonly<Record<number, string>> = { 13: "←", 10: "↓", 9: "→" };
