/** The parts of a row of the benchmark, and how its peers take turns. */

export interface Settings {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Smaller amounts, for rows where less time is not enough: bytes to download, connections to hold. */
  readonly quick: boolean;
  /** The Node that ours and the other peers run on. */
  readonly node: string;
  /** Every Node that the row of start-up times measures. */
  readonly nodes: readonly string[];
}

/** Measures one subject. @throws if it cannot be measured at all, for example without a C compiler for its load. */
export type Row = (settings: Settings) => Promise<Table[]>;

export interface Measurement {
  /** In the table's unit. */
  readonly value: number;
  /** CPU time of the measured process per operation, µs. */
  readonly cpu?: number;
}

export interface Peer {
  readonly name: string;
  readonly rounds: readonly Measurement[];
}

export interface Table {
  /** Never changes, since programs use it: `client`, `echo-bulk`, … */
  readonly id: string;
  readonly title: string;
  /** The unit of every value: `requests/s`, `ns`, … */
  readonly unit: string;
  readonly better: "more" | "less";
  /** The operation for which CPU time is given: a request, a MiB. */
  readonly operation: string;
  /** What makes the load or answers it, and how it is kept from being the bottleneck. */
  readonly load: string;
  /** The versions of the peers: `undici 7.30.2`. */
  readonly versions: readonly string[];
  /** The peer that the others are compared with: ours. */
  readonly ours: string;
  readonly peers: readonly Peer[];
  /** Peers that could not be measured here, and why. */
  readonly missing: readonly Missing[];
  readonly aims: readonly Aim[];
}

export interface Missing {
  readonly name: string;
  readonly reason: string;
}

export type Bound = `>= ${number}` | `<= ${number}`;

export interface Bounds {
  readonly value?: Bound;
  readonly cpu?: Bound;
}

/** The ratio of `peer` to `against` that is aimed at; without `against`, the value that `peer` itself is to reach. */
export interface Aim extends Bounds {
  readonly peer: string;
  readonly against?: string;
  readonly stretch?: Bounds;
}

/** A peer before its measurement. If the measurement throws, the table lists the peer as missing, with the reason. */
export interface Candidate {
  readonly name: string;
  readonly measure: () => Measurement | Promise<Measurement>;
}

/** Measures every peer once in each round, in turn, so that a drift of the machine affects all alike. */
export async function interleave(
  rounds: number,
  candidates: readonly Candidate[],
): Promise<Pick<Table, "peers" | "missing">> {
  const results = candidates.map(({ name, measure }) => ({ name, measure, rounds: [] as Measurement[] }));
  const missing: Missing[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure, rounds: measured } of results) {
      if (missing.some((absent) => absent.name === name)) continue;
      try {
        measured.push(await measure());
      } catch (error) {
        missing.push({ name, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  const complete = results.filter((result) => result.rounds.length === rounds);
  return { peers: complete.map(({ name, rounds: measured }) => ({ name, rounds: measured })), missing };
}
