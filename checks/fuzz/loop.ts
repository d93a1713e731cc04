import { Random } from "../random.ts";
import type { Coverage } from "./coverage.ts";
import { shorter } from "./minimise.ts";
import { Mutator } from "./mutator.ts";
import type { Target } from "./target.ts";

/** More than so many milliseconds of CPU for each KiB (a begun one counts as whole) is a hang. */
const HANG_MS = 50;
/** After this many finds a target is not tried any further. */
const MAX_FINDS = 3;
/** The number of tries to shorten an input that reaches new code. */
const TRIMMING_TRIES = 60;

/** An input that breaks a promise of the target: the smallest one that was found. */
export interface Find {
  readonly data: Uint8Array;
  readonly reason: string;
}

export interface Tried {
  readonly executions: number;
  readonly branches: number;
  readonly finds: readonly Find[];
  /** The inputs that reached something new, in the order in which they did. */
  readonly corpus: readonly Uint8Array[];
}

/**
 * Runs one target with inputs made from the inputs that reached something new, so that coverage leads the search. The
 * same seed and the same `inputs` give the same search.
 */
export class Loop {
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #random: Random;
  readonly #before: (data: Uint8Array) => void;
  readonly #corpus: Uint8Array[] = [];
  readonly #finds: Find[] = [];
  #executions = 0;

  /** @param before is called with every input before its run, since the run may never end. */
  constructor(target: Target, coverage: Coverage, seed: number, before: (data: Uint8Array) => void) {
    this.#target = target;
    this.#coverage = coverage;
    this.#random = new Random(seed);
    this.#before = before;
  }

  run(inputs: readonly Uint8Array[], executions: number): Tried {
    const random = this.#random;
    for (const input of inputs) this.#try(input);
    const mutator = new Mutator(random, this.#target.maxBytes);
    while (this.#executions < executions && this.#finds.length < MAX_FINDS) {
      this.#try(mutator.mutated(this.#pick(), this.#pick()));
    }
    return {
      executions: this.#executions,
      branches: this.#coverage.branches,
      finds: this.#finds,
      corpus: this.#corpus,
    };
  }

  /** Prefers the latest inputs, since they have been tried least. */
  #pick(): Uint8Array {
    const corpus = this.#corpus;
    if (corpus.length === 0) return new Uint8Array(0);
    const from = this.#random.chance(0.3) ? Math.max(0, corpus.length - 16) : 0;
    return corpus[from + this.#random.below(corpus.length - from)] as Uint8Array;
  }

  #try(data: Uint8Array): void {
    const reason = this.#fault(data);
    if (reason !== undefined) {
      this.#keepFind(data.slice(), reason);
    } else if (this.#coverage.isNew()) {
      const news = this.#coverage.news();
      const kept = shorter(data.slice(), TRIMMING_TRIES, (candidate) => {
        return this.#fault(candidate) === undefined && this.#coverage.reaches(news);
      });
      this.#coverage.add(news);
      this.#corpus.push(kept);
    }
  }

  #keepFind(data: Uint8Array, reason: string): void {
    if (this.#finds.some((find) => find.reason === reason)) return;
    const sameKind = kindOf(reason);
    const smallest = shorter(data, 2000, (candidate) => kindOf(this.#fault(candidate)) === sameKind);
    if (this.#finds.some((find) => kindOf(find.reason) === sameKind)) return;
    this.#finds.push({ data: smallest, reason: this.#fault(smallest) ?? reason });
  }

  /** Runs the target once. */
  #fault(data: Uint8Array): string | undefined {
    const ms = this.#timed(data);
    if (typeof ms === "string") return ms;
    const allowed = HANG_MS * Math.ceil((data.length + 1) / 1024);
    if (ms <= allowed) return undefined;
    // Something else may have had the core, or the collector came: only what computes so long every time is slow.
    const times = [1, 2, 3].map(() => Number(this.#timed(data, cpuMs)));
    return Math.min(...times) <= allowed ? undefined : `hangs: over ${HANG_MS} ms for each KiB`;
  }

  /** Milliseconds, or what was thrown. */
  #timed(data: Uint8Array, now = () => performance.now()): number | string {
    this.#executions++;
    this.#before(data);
    this.#coverage.clear();
    const begun = now();
    try {
      this.#target.fuzz(data);
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`;
    }
    return now() - begun;
  }
}

/** What all threads have computed: while a target runs, no other thread has anything to do. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Quoted bytes and numbers aside, what went wrong. */
function kindOf(reason: string | undefined): string | undefined {
  return reason?.replace(/".*"/gs, "…").replace(/\d+/g, "N");
}
