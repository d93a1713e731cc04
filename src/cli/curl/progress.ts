import { writeSync } from "node:fs";

/** A short transfer shows nothing. */
const FIRST_MS = 500;
const EACH_MS = 200;
const ERASE_LINE = "\r\x1b[K";

/** One line on a terminal, drawn anew while content goes to a file. */
export class Progress {
  readonly #descriptor: number;
  /** Bytes that were there before (-C). */
  readonly #offset: number;
  /** Bytes of the whole, with those from before. `undefined`: the server does not say. */
  readonly #total: number | undefined;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout;
  #bytes = 0;
  #isShown = false;

  constructor(descriptor: number, offset: number, length: number | undefined) {
    this.#descriptor = descriptor;
    this.#offset = offset;
    this.#total = length === undefined ? undefined : offset + length;
    this.#timer = setTimeout(() => this.#draw(), FIRST_MS);
  }

  took(length: number): void {
    this.#bytes += length;
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#isShown) this.#write(ERASE_LINE);
  }

  #draw(): void {
    this.#isShown = true;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#write(ERASE_LINE + progressLine(this.#offset, this.#bytes, this.#total, seconds));
    this.#timer = setTimeout(() => this.#draw(), EACH_MS);
  }

  #write(text: string): void {
    try {
      writeSync(this.#descriptor, text);
    } catch {
      // A terminal that takes nothing now: the next line says more.
    }
  }
}

/** `45 %  12.3 MB of 27.0 MB  3.2 MB/s  0:05 left`. */
export function progressLine(
  offset: number,
  bytes: number,
  total: number | undefined,
  seconds: number,
): string {
  const have = offset + bytes;
  const rate = seconds > 0 ? bytes / seconds : 0;
  const resumed = offset > 0 ? ` (from ${sizeOf(offset)} on)` : "";
  if (total === undefined || total === 0) return `${sizeOf(have)}${resumed}  ${sizeOf(rate)}/s`;
  const percent = Math.min(100, Math.floor((have / total) * 100));
  const left = rate > 0 ? `  ${timeOf((total - have) / rate)} left` : "";
  return `${percent} %  ${sizeOf(have)} of ${sizeOf(total)}${resumed}  ${sizeOf(rate)}/s${left}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

function sizeOf(bytes: number): string {
  let power = 0;
  // 999,950 would be rounded to 1000.0 of the smaller unit.
  while (power < UNITS.length - 1 && bytes >= 999.95 * 1000 ** power) power++;
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

function timeOf(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return `${Math.floor(whole / 3600)}:${parts.join(":")}`.replace(/^0:0?/, "");
}
