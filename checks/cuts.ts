import { findPeer } from "../tools/peers.js";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { curlExchanges, EXCHANGES, type Exchange } from "./cuts/exchanges.ts";
import { type Plan, planFor } from "./cuts/faults.ts";
import type { Fault } from "./cuts/relay.ts";
import { type Outcome, SHORT_TIMEOUT_MS, Stage } from "./cuts/stage.ts";
import { codeOf, type Judgement, judge, type Verdict } from "./cuts/verdict.ts";
import { Random } from "./random.ts";

/*
 * Our client and our server speak over real sockets, with a relay between them. The relay breaks the connection at each
 * byte of each direction: by a FIN, a reset, a half-close, or silence. We then compare the results at both ends with
 * those of the same exchange without a fault: they must be equal, or be an error whose type and code fit the fault.
 */

export const check: Check = {
  promise: "neither client nor server takes a message that was cut at any byte for a complete one",
  runs: { quick: 600, full: 2000, long: 1_000_000 },
  run,
};

/** The number of runs of one exchange at the same time: a run mostly waits for the loopback. */
const STAGES = 12;
const curl = findPeer("curl");
/** A connection that falls silent takes as long as a timeout, so only a few do. */
const STALLS_PER_EXCHANGE = 6;
/** Stop an exchange after this many failures: a thousand more would tell nothing new, and each may hang. */
const ENOUGH_FAILURES = 20;
const SHOWN = 12;

/** Keeps only the failures, since a run may have carried many bytes. */
class Tally {
  faults = 0;
  readonly counts: Record<Verdict, number> = {
    complete: 0,
    refused: 0,
    error: 0,
    "open-ended": 0,
    truncated: 0,
    wrong: 0,
  };
  readonly broken: Faulted[] = [];

  add(each: Faulted): void {
    this.faults++;
    this.counts[each.judgement.verdict]++;
    if (each.judgement.because !== undefined) this.broken.push(each);
  }
}

interface Faulted {
  readonly exchange: Exchange;
  readonly fault: Fault;
  readonly outcome: Outcome;
  readonly judgement: Judgement;
}

async function run({ runs, seed, print }: CheckOptions): Promise<CheckResult> {
  const random = new Random(seed);
  const tally = new Tally();
  const silent: Promise<void>[] = [];
  const exchanges = curl === undefined ? EXCHANGES : [...EXCHANGES, ...curlExchanges(curl)];
  for (const exchange of exchanges) {
    const whole = await unharmed(exchange);
    const chosen = choose(planOf(exchange, whole, random), runs / exchanges.length, random);
    await runAll(exchange, whole, chosen, tally);
    if (exchange.withoutDeadline) continue;
    // Stalled connections only wait, so they wait while the others run.
    const stalls = sample(chosen, STALLS_PER_EXCHANGE, random).map(
      (fault) => ({ ...fault, kind: "stall" }) as const,
    );
    silent.push(runAll(exchange, whole, stalls, tally, SHORT_TIMEOUT_MS));
  }
  await Promise.all(silent);
  const { counts, broken } = tally;
  for (const each of smallest(broken)) print(describe(each));
  const figures =
    `${exchanges.length} exchanges, ${tally.faults} faults: ${counts.complete} complete, ${counts.error} errors, ` +
    `${counts.refused} answered as broken, ${counts["open-ended"]} ended by a FIN that RFC 9112 §6.3 takes for the end, ` +
    `${counts.truncated} silent truncations, ${counts.wrong} wrong`;
  return { passed: broken.length === 0 && counts.error > 0, figures };
}

async function unharmed(exchange: Exchange): Promise<Outcome> {
  await using stage = await Stage.set(exchange);
  const outcome = await stage.run(undefined);
  const failure = outcome.replies.find(({ error }) => error !== undefined)?.error;
  if (failure !== undefined || outcome.hung.length > 0) {
    throw new Error(`${exchange.name} fails without a fault: ${codeOf(failure)} ${outcome.hung}`, {
      cause: failure,
    });
  }
  return outcome;
}

function planOf(exchange: Exchange, { passages }: Outcome, random: Random): Plan {
  const [passage] = passages;
  if (passage === undefined) throw new Error(`${exchange.name}: no connection came through the relay`);
  const transcripts = { request: passage.transcript("request"), response: passage.transcript("response") };
  return planFor(transcripts, exchange.tls === true, random);
}

/** All boundaries, and as many of the other faults as there is room for. */
function choose({ boundaries, others }: Plan, room: number, random: Random): readonly Fault[] {
  return [...boundaries, ...sample(others, Math.ceil(room) - boundaries.length, random)];
}

function sample<T>(list: readonly T[], count: number, random: Random): readonly T[] {
  if (count >= list.length) return list;
  const rest = [...list];
  const chosen: T[] = [];
  while (chosen.length < count) chosen.push(...rest.splice(random.below(rest.length), 1));
  return chosen;
}

async function runAll(
  exchange: Exchange,
  whole: Outcome,
  faults: readonly Fault[],
  tally: Tally,
  timeoutMs?: number,
): Promise<void> {
  const waiting = faults.values();
  let failures = 0;
  const work = async () => {
    await using stage = await Stage.set(exchange, timeoutMs);
    for (const fault of waiting) {
      if (failures >= ENOUGH_FAILURES) return;
      const outcome = await stage.run(fault);
      const judgement = judge(exchange, whole, fault, outcome);
      tally.add({ exchange, fault, outcome, judgement });
      if (judgement.because !== undefined) failures++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(STAGES, faults.length) }, work));
}

/** For each exchange and each reason, the fault that strikes earliest. */
function smallest(broken: readonly Faulted[]): readonly Faulted[] {
  const byReason = new Map<string, Faulted>();
  for (const each of [...broken].sort((a, b) => a.fault.offset - b.fault.offset)) {
    const key = `${each.exchange.name} ${each.fault.kind} ${each.judgement.because?.replace(/\d+/g, "#")}`;
    if (!byReason.has(key)) byReason.set(key, each);
  }
  return [...byReason.values()].slice(0, SHOWN);
}

function describe({ exchange, fault, outcome, judgement }: Faulted): string {
  const client = outcome.replies.map(
    ({ status, content, error }) =>
      `${status}, ${content.length} bytes${error === undefined ? "" : `, ${codeOf(error)}`}`,
  );
  const server = [
    ...outcome.seen.map(({ error, content }) =>
      error === undefined ? `${content.length} bytes` : codeOf(error),
    ),
    ...outcome.serverErrors.map(codeOf),
  ];
  return (
    `✗ ${exchange.name}: ${fault.kind} after byte ${fault.offset} of the ${fault.direction}: ${judgement.because}\n` +
    `    client: ${client.join("; ") || "nothing"} | server: ${server.join("; ") || "nothing"}`
  );
}
