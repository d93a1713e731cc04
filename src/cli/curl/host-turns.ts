/** How long a first transfer may keep the others waiting. */
const HEAD_START_MS = 1000;

interface Waiting {
  readonly host: string;
  readonly follows: boolean;
  readonly begin: () => void;
}

/**
 * When the transfers of -Z may begin. As in curl, the first one to a host is alone there until a transfer is over: the
 * others learn from it what its connection can do, and one of them goes on with it. Unlike in curl, a long one does not keep
 * them waiting. --parallel-max-host limits how many there are at a time.
 */
export class HostTurns {
  readonly #most: number;
  readonly #running = new Map<string, number>();
  /** Hosts whose first transfer is over, or takes long. */
  readonly #known = new Set<string>();
  #waiting: Waiting[] = [];

  /** `most`: of one host at a time. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Settles when the transfer may begin. `follows`: it waits for what a first one finds out. */
  begin(host: string, follows: boolean): Promise<void> {
    return new Promise((begin) => {
      this.#waiting.push({ host, follows, begin });
      this.#release();
    });
  }

  /** A transfer is over. */
  end(host: string): void {
    this.#running.set(host, this.#count(host) - 1);
    for (const running of this.#running.keys()) this.#known.add(running);
    this.#release();
  }

  #release(): void {
    this.#waiting = this.#waiting.filter((one) => !this.#begins(one));
  }

  #begins({ host, follows, begin }: Waiting): boolean {
    const count = this.#count(host);
    if (count >= this.#most || (follows && count > 0 && !this.#known.has(host))) return false;
    this.#running.set(host, count + 1);
    if (count === 0 && !this.#known.has(host)) this.#giveHeadStart(host);
    begin();
    return true;
  }

  #giveHeadStart(host: string): void {
    const timer = setTimeout(() => {
      this.#known.add(host);
      this.#release();
    }, HEAD_START_MS);
    timer.unref();
  }

  #count(host: string): number {
    return this.#running.get(host) ?? 0;
  }
}
