import { setImmediate, setTimeout } from "node:timers/promises";
import { HttpClient } from "../../src/http/client/client.ts";
import { nowMs, systemClock } from "../../src/tcp/clock.ts";
import type { Random } from "../random.ts";
import { type Moment, pathOf } from "./server.ts";

/** A request that got a wrong answer: one that nobody asked for, or one that such an answer displaced. */
export interface Delivery {
  readonly content: string;
  /** When that request asked for a connection, and when the socket got its bytes. */
  readonly askedAt: bigint;
  readonly writtenAt: bigint;
}

const MOMENTS: readonly Moment[] = ["same", 0, 1, 10, 100];

/** One client with one connection. It sends request after request, at the worst moments. */
export class Lane {
  readonly deliveries: Delivery[] = [];
  rounds = 0;
  reused = 0;
  /** Requests that got no answer at all. */
  readonly failures: unknown[] = [];
  readonly #origin: string;
  readonly #client: HttpClient;
  #askedAt = 0n;
  #writtenAt = 0n;

  constructor(origin: string) {
    this.#origin = origin;
    this.#client = new HttpClient({
      maxConnectionsPerOrigin: 1,
      clock: {
        ...systemClock,
        now: nowMs,
        afterPoll: (turn) => {
          this.#askedAt = process.hrtime.bigint();
          systemClock.afterPoll(turn);
        },
      },
      observe: () => ({
        connection: ({ kind }) => {
          if (kind === "write") this.#writtenAt = process.hrtime.bigint();
        },
      }),
    });
  }

  async run(name: string, rounds: number, random: Random): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const moment = random.pick(MOMENTS);
      await this.#round(`${name}-${round}`, moment);
      await nextMoment(moment, random);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #round(id: string, moment: Moment): Promise<void> {
    this.rounds++;
    try {
      const response = await this.#client.request({ url: this.#origin + pathOf(id, moment) });
      if (response.connection.reused) this.reused++;
      const content = await response.text();
      if (content === id) return;
      this.deliveries.push({ content, askedAt: this.#askedAt, writtenAt: this.#writtenAt });
    } catch (error) {
      this.failures.push(error);
    }
  }
}

/** When to ask next: at once, about when the unwanted answer arrives, or when it has certainly arrived. */
async function nextMoment(moment: Moment, random: Random): Promise<void> {
  const delayMs = moment === "same" ? 0 : moment;
  switch (random.below(3)) {
    case 0:
      return;
    case 1:
      await (delayMs === 0 ? setImmediate() : setTimeout(delayMs));
      return;
    default:
      await setTimeout(delayMs + 5);
  }
}
