/*
 * How a line fits a terminal. Its width is counted in code points: all text of peers is escaped ASCII by then, and the
 * rest are our own signs, which are one column wide.
 */

/** The signs that we use beyond ASCII, as ASCII. `⏎` stands for a line end. */
const IN_ASCII: Readonly<Record<string, string>> = {
  "→": "->",
  "←": "<-",
  "⏎": "\\n",
  "§": "section ",
  "…": "...",
  "·": ".",
  "–": "-",
  "─": "-",
  "═": "=",
  "▸": ">",
  "░": ":",
  "█": "#",
  "▉": "#",
};

/** The text for a terminal that shows ASCII only. */
export function toAscii(text: string): string {
  return text.replace(/[^\u0000-\u007e]/gu, (sign) => {
    return IN_ASCII[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** One character, or one escape of `quote` and `printable`: a cut never stands inside it. */
const UNIT = /\\x[0-9a-f]{2}|\\u\{[0-9a-f]+\}|\\.|./gsu;
/** The front tells what it is, so it gets more room than the end. */
const FRONT_SHARE = 0.6;

/** The text in at most `width` columns: its middle is left out. */
export function cutMiddle(text: string, width: number, ellipsis: string): string {
  if (columnsOf(text) <= width) return text;
  if (width <= columnsOf(ellipsis)) return ellipsis.slice(0, Math.max(width, 0));
  const room = width - columnsOf(ellipsis);
  const frontRoom = Math.ceil(room * FRONT_SHARE);
  const units = text.match(UNIT) ?? [];
  const front = upTo(units, frontRoom);
  const back = upTo(units.toReversed(), room - frontRoom).reverse();
  return `${front.join("")}${ellipsis}${back.join("")}`;
}

/** With less room, a text says more without anything beside it. */
const LEAST_TEXT = 50;

/**
 * The text, and behind it what is said aside, in at most `width` columns. Where the text would have too little room,
 * nothing is said aside. `undefined`: there is room for all.
 */
export function fitted(text: string, aside: string, width: number | undefined, ellipsis: string): string {
  const behind = aside === "" ? "" : `  ${aside}`;
  if (width === undefined || columnsOf(text) + columnsOf(behind) <= width) return text + behind;
  const room = width - columnsOf(behind);
  return room < LEAST_TEXT ? cutMiddle(text, width, ellipsis) : cutMiddle(text, room, ellipsis) + behind;
}

function upTo(units: readonly string[], columns: number): string[] {
  const fitting: string[] = [];
  let room = columns;
  for (const unit of units) {
    room -= columnsOf(unit);
    if (room < 0) break;
    fitting.push(unit);
  }
  return fitting;
}

/** How wide the text is on a terminal. */
export const columnsOf = (text: string): number => [...text].length;
