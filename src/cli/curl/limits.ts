import { setTimeout as sleep } from "node:timers/promises";
import type { ClientResponse } from "../../http.ts";
import { counted } from "../../trace.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

const TIMED_OUT = 28;
const TOO_LARGE = 63;
/** curl's own, where only one of -y and -Y is given. */
const SPEED_SECONDS = 30;
const SPEED_BYTES = 1;

/** --max-filesize, --limit-rate, and -y with -Y: what may come, and how fast. */
export class Limits {
  readonly maxBytes: number;
  readonly #ignoresLength: boolean;
  readonly #bytesPerSecond: number;
  readonly #speed: SpeedWatch | undefined;
  #bytes = 0;
  #startedAt = 0;

  /** `undefined`: no option limits the transfer. */
  static of(settings: Settings): Limits | undefined {
    const last = settings.last("max-filesize", "limit-rate", "speed-limit", "speed-time");
    return last === undefined ? undefined : new Limits(settings);
  }

  private constructor(settings: Settings) {
    // 0 is no limit.
    this.maxBytes = settings.size("max-filesize") || Number.POSITIVE_INFINITY;
    this.#ignoresLength = settings.on("ignore-content-length");
    this.#bytesPerSecond = settings.size("limit-rate") || Number.POSITIVE_INFINITY;
    if (settings.on("speed-limit") || settings.on("speed-time")) this.#speed = new SpeedWatch(settings);
  }

  /** Aborted if the transfer is too slow: then it throws `error`. */
  get signal(): AbortSignal | undefined {
    return this.#speed?.signal;
  }

  /** @throws {CurlError} 63 */
  checkHead({ fields }: ClientResponse): void {
    if (this.#ignoresLength) return;
    const length = Number(fields.getAll("content-length")[0] ?? 0);
    if (length > this.maxBytes) {
      throw new CurlError(
        TOO_LARGE,
        `the content has ${counted(length, "byte")}, more than --max-filesize allows`,
      );
    }
  }

  /**
   * Bytes came: how many of them may be written. Fewer than all: `took` throws behind them. As in curl, of decoded bytes
   * none is written where they are too many.
   */
  allowed(length: number, isDecoded: boolean): number {
    const left = this.maxBytes - this.#bytes;
    return isDecoded && length > left ? 0 : Math.min(length, left);
  }

  /** Counts bytes that came, and waits if they came too fast. @throws {CurlError} 63 */
  async took(length: number): Promise<void> {
    if (this.#bytes === 0) this.#startedAt = performance.now();
    this.#bytes += length;
    this.#speed?.took(length);
    if (this.#bytes > this.maxBytes)
      throw new CurlError(TOO_LARGE, `the content is larger than --max-filesize allows (${this.maxBytes})`);
    const early = (this.#bytes / this.#bytesPerSecond) * 1000 - (performance.now() - this.#startedAt);
    if (early > 1) await sleep(early);
  }

  end(): void {
    this.#speed?.end();
  }
}

/** -y and -Y: fewer bytes a second than that, for so many seconds, are too slow. */
class SpeedWatch {
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #slowSeconds = 0;

  constructor(settings: Settings) {
    const leastBytes = settings.count("speed-limit") ?? SPEED_BYTES;
    const seconds = settings.count("speed-time") || SPEED_SECONDS;
    this.#timer = setInterval(() => {
      this.#slowSeconds = this.#bytes < leastBytes ? this.#slowSeconds + 1 : 0;
      this.#bytes = 0;
      if (this.#slowSeconds >= seconds)
        this.#stop.abort(
          new CurlError(
            TIMED_OUT,
            `fewer than ${counted(leastBytes, "byte")} a second came for ${seconds} seconds`,
          ),
        );
    }, 1000);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  took(length: number): void {
    this.#bytes += length;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** The time of one request. */
export interface TimeLeft {
  readonly timeoutMs: number;
  /** What an error names: the time that the user gave for all requests of a transfer. */
  readonly statedTimeoutMs: number;
}

/** Each request has what the requests before it have left. */
export function deadline(maxTimeMs: number | undefined): () => TimeLeft | undefined {
  if (maxTimeMs === undefined) return () => undefined;
  const endsAt = performance.now() + maxTimeMs;
  return () => ({
    timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
    statedTimeoutMs: maxTimeMs,
  });
}
