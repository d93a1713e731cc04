import { counted } from "../bytes/text.ts";
import { formatAddress } from "../tcp/address.ts";
import type { Crossing, Mark, MarkKind } from "./ladder-parts.ts";
import { own } from "./meanings/meaning.ts";
import type { ConnectionRecord } from "./record.ts";

/** Two kinds of mark that belong together: what one end does, and how the other end learns of it. */
type Pair = readonly [sent: MarkKind, arrived: MarkKind];

/** What crosses from one end of a connection to the other. */
export const CROSSES: readonly Pair[] = [
  ["connect", "accept"],
  ["FIN", "FIN received"],
  ["RST", "RST received"],
];

/** What a proxy passes on: from the end that learned of something to its other end. */
export const PASSES: readonly Pair[] = [
  ["accept", "connect"],
  ["FIN received", "FIN"],
  ["RST received", "RST"],
];

/** How a connection ended, by the `how` of the event "closed". */
const ENDINGS: Readonly<Record<string, string>> = {
  end: "after both FINs",
  abort: "by its own RST",
  "peer-abort": "by the peer's RST",
  error: "after an error",
};

/** What an event looks like on a lane. `undefined`: its place says it all. */
export function markOf(event: ConnectionRecord["event"]): readonly [MarkKind, string] | undefined {
  switch (event.kind) {
    case "resolve":
      return ["resolve", `${event.host} → ${event.addresses.join(", ")}`];
    case "attempt":
      return ["connect", formatAddress(event.remote)];
    case "attempt-failed":
      return ["refused", `${formatAddress(event.remote)}: ${event.error}`];
    case "connected":
      return ["connected", `from ${formatAddress(event.local)}`];
    case "accepted":
      return ["accept", `from ${formatAddress(event.proxy === undefined ? event.remote : event.proxy)}`];
    case "tls":
      return ["tls", `${event.protocol}, ${event.cipher}${event.alpn ? `, ALPN ${event.alpn}` : ""}`];
    case "end":
      return ["FIN", "sends no more"];
    case "peer-end":
      return ["FIN received", "nothing more comes"];
    case "abort":
      return ["RST", "gives up both directions"];
    case "peer-abort":
      return ["RST received", "the peer broke off"];
    case "pause":
    case "resume":
    case "drain":
      return [event.kind, ""];
    case "error":
      return ["error", `${event.message} [${event.code}]`];
    case "dropped":
      return [
        "dropped",
        `missing: ${counted(event.events, "event")}, ${counted(event.bytesIn + event.bytesOut, "byte")}`,
      ];
    case "closed":
      return ["closed", own(ENDINGS, event.how) ?? event.how];
    case "relayed":
      return undefined;
    case "fault":
      return ["fault", `${event.fault}: ${event.text}`];
    default:
      return event satisfies never;
  }
}

/** Finds the two marks of a crossing. Each end may be told first. */
export class MarkPairs {
  readonly #pairs: readonly Pair[];
  readonly #waiting = new Map<string, Mark[]>();

  /** @param pairs which kinds belong together. */
  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs;
  }

  /** Takes the next mark. Returns the crossing that it completes. */
  add(mark: Mark): Crossing | undefined {
    for (const [sent, arrived] of this.#pairs) {
      if (mark.mark !== sent && mark.mark !== arrived) continue;
      const other = mark.mark === sent ? arrived : sent;
      const waiting = this.#waitingFor(other, mark.column);
      if (waiting !== undefined)
        return mark.mark === sent ? { from: mark, to: waiting } : { from: waiting, to: mark };
      const key = `${mark.column} ${mark.mark}`;
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), mark]);
    }
    return undefined;
  }

  #waitingFor(mark: MarkKind, column: number): Mark | undefined {
    return (
      this.#waiting.get(`${column - 1} ${mark}`)?.shift() ??
      this.#waiting.get(`${column + 1} ${mark}`)?.shift()
    );
  }
}
