import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ByteMark } from "../model/composed.ts";
import type { Typed, Unit } from "../model/typed.ts";

interface EditorProps {
  readonly text: string;
  readonly typed: Typed;
  readonly marks: readonly ByteMark[];
  readonly cuts: ReadonlySet<number>;
  /** The bytes that are pointed at in the explanation. */
  readonly pointed: { readonly start: number; readonly end: number } | undefined;
  readonly area: RefObject<HTMLTextAreaElement | null>;
  readonly onText: (text: string) => void;
  /** The byte at the caret. */
  readonly onCaret: (offset: number) => void;
  readonly onSend: () => void;
  readonly onCut: () => void;
}

/** A text area over a drawing of the same text: the drawing has the colours, the line ends, the cuts, the underlines. */
export function Editor(props: EditorProps) {
  const { text, typed, marks, cuts, pointed, area, onText } = props;
  const drawing = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => area.current?.focus({ preventScroll: true }), [area]);
  const scroll = () => {
    if (drawing.current === null || area.current === null) return;
    drawing.current.scrollTop = area.current.scrollTop;
    drawing.current.scrollLeft = area.current.scrollLeft;
  };
  useLayoutEffect(scroll);
  const caret = () => {
    const index = area.current?.selectionStart ?? 0;
    props.onCaret(typed.units.find(({ to }) => to > index)?.start ?? typed.bytes.length);
  };
  return (
    <div class="editor">
      <pre ref={drawing} aria-hidden="true">
        {runsOf(text, typed, marks, cuts, pointed).map(({ key, look, shown }) => (
          <span key={key} class={look}>
            {shown}
          </span>
        ))}
        {"\n"}
      </pre>
      <textarea
        ref={area}
        aria-label="the message: Enter is CRLF, \xNN is any octet"
        aria-describedby="compose-problems"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        value={text}
        onInput={(event) => {
          onText(event.currentTarget.value);
          scroll();
        }}
        onScroll={scroll}
        onSelect={caret}
        onKeyUp={caret}
        onClick={caret}
        onKeyDown={(event) => {
          if (!(event.ctrlKey || event.metaKey)) return;
          if (event.key === "Enter") props.onSend();
          else if (event.key === "k") props.onCut();
          else return;
          event.preventDefault();
        }}
      />
    </div>
  );
}

interface TextRun {
  readonly key: number;
  readonly look: string;
  shown: string;
}

/** Neighbours that look alike are one element. */
function runsOf(
  text: string,
  { units }: Typed,
  marks: readonly ByteMark[],
  cuts: ReadonlySet<number>,
  pointed: EditorProps["pointed"],
): TextRun[] {
  const runs: TextRun[] = [];
  const add = (look: string, shown: string, isNew: boolean) => {
    const last = runs.at(-1);
    if (!isNew && last?.look === look) last.shown += shown;
    else runs.push({ key: runs.length, look, shown });
  };
  for (const unit of units) {
    const look = lookOf(unit, marks, pointed);
    const shown = text.slice(unit.from, unit.to);
    const isCut = cuts.has(unit.start);
    if (shown.endsWith("\n")) {
      add(`${look} line-end ${isCut ? "cut" : ""}`, "CR", isCut);
      // The two octets of a line end can be cut apart, too.
      const isCutInside = cuts.has(unit.start + 1);
      add(`${look} line-end ${isCutInside ? "cut" : ""}`, "LF", isCutInside);
      add("", "\n", true);
    } else add(`${look} ${isCut ? "cut" : ""} ${unit.to - unit.from > 2 ? "escape" : ""}`, shown, isCut);
  }
  return runs;
}

function lookOf({ start, end }: Unit, marks: readonly ByteMark[], pointed: EditorProps["pointed"]): string {
  const octets = marks.slice(start, end);
  const isPointed = pointed !== undefined && start < pointed.end && end > pointed.start;
  const wrong = octets.some(({ isWrong }) => isWrong) ? "wrong" : "";
  return `k-${octets[0]?.kind ?? "other"} ${wrong} ${isPointed ? "covered" : ""}`;
}
