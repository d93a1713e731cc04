/** What the kernel held of one end of a connection at a time. */
export interface Gauge {
  /** Nanoseconds of the recording. */
  readonly t: number;
  /** Bytes that the program wrote and the peer had not acknowledged. */
  readonly send: number;
  /** Bytes that came and the program had not read. */
  readonly receive: number;
}

/** So many for each connection, then every second one goes. */
const MAX_KEPT = 2000;
/** Connections whose gauges are kept. */
const MAX_CONNECTIONS = 200;

/** The gauges of connections, as they were told. Bounded. */
export class Gauges {
  readonly #of = new Map<number, Gauge[]>();

  add(connection: number, gauge: Gauge): void {
    let known = this.#of.get(connection);
    if (known === undefined) {
      const [oldest] = this.#of.keys();
      if (this.#of.size >= MAX_CONNECTIONS && oldest !== undefined) this.#of.delete(oldest);
      known = [];
      this.#of.set(connection, known);
    }
    const [before, last] = known.slice(-2);
    // What stays the same needs no more than its beginning and its end.
    if (before && last && isSame(before, last) && isSame(last, gauge)) known.pop();
    known.push(gauge);
    if (known.length > MAX_KEPT)
      this.#of.set(
        connection,
        known.filter((_, index) => index % 2 === 0),
      );
  }

  /** In the order of time. */
  of(connection: number): readonly Gauge[] {
    return this.#of.get(connection) ?? [];
  }
}

const isSame = (one: Gauge, other: Gauge): boolean =>
  one.send === other.send && one.receive === other.receive;

/** Where an area is drawn. */
interface AreaPlace {
  /** The edge that it stands on, and how far the highest value reaches from there: negative to the left. */
  readonly x: number;
  readonly width: number;
  /** The value that reaches so far. */
  readonly most: number;
  readonly yAt: (t: number) => number;
}

/** The path of an area that is as wide as a gauge was high, from above to below. Empty without a value. */
export function areaOf(
  gauges: readonly Gauge[],
  which: "send" | "receive",
  { x, width, most, yAt }: AreaPlace,
): string {
  if (!gauges.some((gauge) => gauge[which] > 0)) return "";
  const first = yAt(gauges[0]?.t ?? 0);
  // A value holds until the next one is known.
  const steps = gauges.map((gauge, i) => {
    const next = yAt(gauges[i + 1]?.t ?? gauge.t);
    return `H${(x + (gauge[which] / most) * width).toFixed(1)}V${next.toFixed(1)}`;
  });
  return `M${x} ${first.toFixed(1)}${steps.join("")}H${x}z`;
}
