import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface RowsProps {
  readonly count: number;
  /** Every row has the same height, in pixels. */
  readonly rowHeight: number;
  readonly class: string;
  readonly label: string;
  readonly role?: "listbox" | "table" | "tree";
  /** The row that must be in view. */
  readonly focusRow?: number | undefined;
  readonly row: (index: number) => ComponentChildren;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** A list of any length: only the rows in view exist. */
export function Rows({
  count,
  rowHeight,
  role = "listbox",
  focusRow,
  row,
  label,
  onKeyDown,
  ...props
}: RowsProps) {
  const [ref, top, height] = useView();
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null || focusRow === undefined || focusRow < 0) return;
    const y = focusRow * rowHeight;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = y + rowHeight - element.clientHeight;
  }, [focusRow, rowHeight]);
  const first = Math.max(Math.floor(top / rowHeight) - 4, 0);
  const last = Math.min(Math.ceil((top + height) / rowHeight) + 4, count);
  const rows = [];
  for (let i = first; i < last; i++) rows.push(row(i));
  return (
    <div
      ref={ref}
      class={`rows ${props.class}`}
      role={role}
      aria-label={label}
      tabIndex={0}
      {...(onKeyDown && { onKeyDown })}
    >
      <div role="presentation" style={{ height: `${count * rowHeight}px`, position: "relative" }}>
        <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}

/** What is in view of an element that scrolls: its top, its height, and its left edge. */
export function useView() {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, left: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () =>
      setView({ top: element.scrollTop, height: element.clientHeight, left: element.scrollLeft });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  return [ref, view.top, view.height, view.left] as const;
}

/** The width of an element, as it changes. */
export function useWidth<Kind extends HTMLElement>(first: number) {
  const ref = useRef<Kind>(null);
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
}
