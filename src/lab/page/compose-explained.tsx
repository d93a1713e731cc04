import { useSignal } from "@preact/signals";
import { fieldKindOf } from "../model/kinds.ts";
import { pathTo, rowsOf } from "../model/streams.ts";
import { caret, explained, message, pointed, problems, readAs } from "./composing.ts";
import { Readings } from "./detail.tsx";

/** What is not there yet is no fault while it is typed. */
const UNFINISHED: ReadonlySet<string> = new Set(["INCOMPLETE_HEAD", "INCOMPLETE_BODY"]);

interface ExplainedProps {
  /** Selects these bytes in the editor. */
  readonly onSelect: (start: number, end: number) => void;
}

/** What the message says so far: broken rules first, then every part of it. */
export function Explained({ onSelect }: ExplainedProps) {
  const closed = useSignal<ReadonlySet<string>>(new Set());
  const { bytes } = message.value;
  if (bytes.length === 0) return <p class="empty">Type a message, or begin with an example.</p>;
  if (readAs.value === "bytes")
    return <p class="empty">These bytes have no grammar: TCP carries them as they are.</p>;
  if (explained.value.nodes.length === 0)
    return (
      <p class="empty">{bytes.length} bytes: too many to explain at each key. They are sent all the same.</p>
    );
  const rows = rowsOf(explained.value.nodes, closed.value);
  const path = pathTo(explained.value.nodes, Math.min(caret.value, bytes.length - 1));
  const here = path.findLast((node) => rows.some((row) => row.node === node));
  return (
    <>
      <ProblemList onSelect={onSelect} />
      <ul class="compose-rows" aria-label="what the message says">
        {rows.map(({ node, depth, key }) => (
          <li key={key} style={{ paddingLeft: `${depth * 1.1}em` }}>
            <button
              type="button"
              class={`node k-${fieldKindOf(node)} ${node.problem ? "problem" : ""} ${node.guessed ? "guessed" : ""} ${node === here ? "selected" : ""}`}
              title={`${node.meaning} ${node.section}`}
              onMouseEnter={() => {
                pointed.value = { start: node.start, end: node.end };
              }}
              onMouseLeave={() => {
                pointed.value = undefined;
              }}
              onClick={() => onSelect(node.start, node.end)}
            >
              <span class="kind">{node.kind}</span>
              <span class="shown">{node.shown}</span>
              <span class="meaning">{node.meaning}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Each broken rule with its place. Nothing is prevented: a broken message can be sent. */
function ProblemList({ onSelect }: ExplainedProps) {
  const found = problems.value;
  return (
    <div id="compose-problems" class="compose-problems" aria-live="polite">
      {found.length === 0 && <p class="quiet">No rule is broken.</p>}
      {found.map(({ problem, start, end, section }) =>
        UNFINISHED.has(problem.code) ? (
          <p class="quiet" key={problem.code}>
            Not complete yet: {problem.message}
          </p>
        ) : (
          <div class="problem" key={`${problem.code} ${start}`}>
            <p>
              <button type="button" onClick={() => onSelect(start, Math.max(end, start + 1))}>
                byte {start}
              </button>{" "}
              <b>{problem.code}</b> {problem.message} <cite>{section}</cite>
            </p>
            <Readings problem={problem} />
          </div>
        ),
      )}
    </div>
  );
}
