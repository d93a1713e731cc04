import { useSignal } from "@preact/signals";

interface ByteStripProps {
  readonly label: string;
  readonly bytes: Uint8Array;
  /** The classes of the byte at an offset. */
  readonly look: (offset: number) => string;
  /** The offsets before which the bytes are cut. */
  readonly cuts: ReadonlySet<number>;
  /** Asked to cut before the byte at the offset, or to take the cut away. */
  readonly onCut: (offset: number) => void;
}

/** Longer messages are cut in the editor, at the caret. */
const MAX_SHOWN = 1_000;

/** The bytes one by one. A click between two of them cuts there; so does Enter, after the arrow keys chose the place. */
export function ByteStrip({ label, bytes, look, cuts, onCut }: ByteStripProps) {
  const place = useSignal(1);
  const focused = useSignal(false);
  const last = Math.min(bytes.length, MAX_SHOWN);
  const at = Math.min(Math.max(place.value, 1), Math.max(last - 1, 1));
  const shown = [];
  for (let i = 0; i < last; i++)
    shown.push(
      <span
        key={i}
        data-offset={i}
        class={`octet ${isNamed(bytes[i] as number) ? "named" : ""} ${look(i)} ${cuts.has(i) ? "cut" : ""} ${focused.value && i === at ? "here" : ""}`}
        title={`byte ${i}: 0x${hex(bytes[i] as number)}`}
      >
        {glyph(bytes[i] as number)}
      </span>,
    );
  return (
    <div
      class="strip"
      role="group"
      aria-label={`${label}: arrow keys choose a place, Enter cuts there`}
      tabIndex={0}
      onFocus={() => {
        focused.value = true;
      }}
      onBlur={() => {
        focused.value = false;
      }}
      onClick={(event) => {
        const cell = (event.target as Element).closest<HTMLElement>("[data-offset]");
        if (cell === null) return;
        const { left, width } = cell.getBoundingClientRect();
        const offset = Number(cell.dataset.offset) + (event.clientX > left + width / 2 ? 1 : 0);
        if (offset > 0 && offset < bytes.length) onCut(offset);
        place.value = offset;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") place.value = Math.min(at + 1, last - 1);
        else if (event.key === "ArrowLeft") place.value = Math.max(at - 1, 1);
        else if (event.key === "Home") place.value = 1;
        else if (event.key === "End") place.value = last - 1;
        else if (event.key === "Enter" || event.key === " ") {
          if (bytes.length > 1) onCut(at);
        } else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {shown}
      {bytes.length > last && <span class="quiet"> and {bytes.length - last} bytes more</span>}
      <span class="visually-hidden" aria-live="polite">
        {focused.value && bytes.length > 1
          ? `between ${glyph(bytes[at - 1] as number)} and ${glyph(bytes[at] as number)}${cuts.has(at) ? ", cut" : ""}`
          : ""}
      </span>
    </div>
  );
}

/** Whether a name or a code stands for the octet. */
const isNamed = (octet: number): boolean => octet < 0x20 || octet > 0x7e;

const hex = (octet: number): string => octet.toString(16).padStart(2, "0");

/** What an octet is called where it has no character: a name or its code, since few fonts have pictures of controls. */
function glyph(octet: number): string {
  if (octet > 0x20 && octet < 0x7f) return String.fromCharCode(octet);
  return NAMES.get(octet) ?? hex(octet);
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x20, "␣"],
  [0x0d, "CR"],
  [0x0a, "LF"],
  [0x09, "HT"],
]);
