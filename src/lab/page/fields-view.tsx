import { useComputed, useSignal } from "@preact/signals";
import { fieldKindOf } from "../model/kinds.ts";
import { type ExplainedStream, rowsOf, type TreeRow } from "../model/streams.ts";
import { Rows } from "./rows.tsx";
import { hovered, partOf, selection, zoom } from "./state.ts";

/** The explanation as a tree: message → section → field line → parts. */
export function FieldsView({ explained }: { explained: ExplainedStream }) {
  const toggled = useSignal<ReadonlySet<string>>(new Set());
  const given = useSignal(explained);
  given.value = explained;
  const rows = useComputed(() => rowsOf(given.value.nodes, toggled.value)).value;
  const { flow, connection } = explained;
  const chosenBytes = partOf(explained, selection.value);
  const focusRow =
    chosenBytes === undefined
      ? -1
      : rows.findLastIndex(({ node }) => node.start <= chosenBytes.start && chosenBytes.start < node.end);
  const toggle = (key: string) => {
    const next = new Set(toggled.value);
    if (!next.delete(key)) next.add(key);
    toggled.value = next;
  };
  const select = (row: TreeRow | undefined) => {
    if (row !== undefined) selection.value = { flow, connection, start: row.node.start, end: row.node.end };
  };
  if (rows.length === 0) return <p class="empty">No bytes yet.</p>;
  return (
    <Rows
      count={rows.length}
      rowHeight={Math.round((24 * zoom.value) / 100)}
      class="tree"
      role="tree"
      label={`fields of what the ${flow} sent`}
      focusRow={focusRow}
      onKeyDown={(event) => {
        const at = rows.findIndex((row) => isChosen(row, chosenBytes));
        if (event.key === "ArrowDown") select(rows[Math.min(at + 1, rows.length - 1)]);
        else if (event.key === "ArrowUp") select(rows[Math.max(at - 1, 0)]);
        else if (event.key === "ArrowRight" && rows[at]?.open === false) toggle(rows[at].key);
        else if (event.key === "ArrowLeft" && rows[at]?.open === true) toggle(rows[at].key);
        else return;
        event.preventDefault();
      }}
      row={(index) => {
        const row = rows[index] as TreeRow;
        const { node } = row;
        return (
          <div
            key={row.key}
            role="treeitem"
            aria-level={row.depth + 1}
            aria-selected={isChosen(row, chosenBytes)}
            {...(node.parts.length > 0 && { "aria-expanded": row.open })}
            tabIndex={-1}
            class={`node k-${fieldKindOf(node)} ${isChosen(row, chosenBytes) ? "selected" : ""} ${node.problem ? "problem" : ""} ${node.guessed ? "guessed" : ""} ${isWithin(node, partOf(explained, hovered.value)) ? "covered" : ""}`}
            style={{ paddingLeft: `${row.depth * 1.1 + 0.3}em` }}
            onMouseEnter={() => {
              hovered.value = { flow, connection, start: node.start, end: node.end };
            }}
            onMouseLeave={() => {
              hovered.value = undefined;
            }}
            onClick={() => select(row)}
            onKeyDown={(event) => {
              if (event.key === "Enter") select(row);
            }}
          >
            <span
              class="twist"
              aria-hidden="true"
              onClick={(event) => {
                event.stopPropagation();
                toggle(row.key);
              }}
            >
              {node.parts.length === 0 ? "" : row.open ? "▾" : "▸"}
            </span>
            <span class="kind">{node.kind}</span>
            <span class="shown">{node.shown}</span>
            <span class="meaning">{node.meaning}</span>
          </div>
        );
      }}
    />
  );
}

type Bytes = { readonly start: number; readonly end: number };

const isChosen = ({ node }: TreeRow, bytes: Bytes | undefined): boolean =>
  bytes !== undefined && node.start === bytes.start && node.end === bytes.end;

/** Whether the bytes under the pointer, wherever it is, are among those of the node. */
const isWithin = (node: Bytes, pointed: Bytes | undefined): boolean =>
  pointed !== undefined && node.start <= pointed.start && pointed.end <= node.end;
