import { type Broken, Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";

export interface SeedResult {
  readonly broken: readonly Broken[];
  readonly hash: string;
  readonly operations: number;
  readonly faults: number;
  readonly races: number;
}

/** Far later than every deadline: what still runs then would never end. */
const HORIZON_MS = 1_200_000;
/** The time that connections may take to end after the work: a peer that takes no bytes has 30 s. */
const ENDING_MS = 60_000;

let current: Ledger | undefined;
process.on("unhandledRejection", (reason) => current?.breaks(1, `nobody heard of ${reason}`));

/**
 * Runs the world of one seed. Only outside of promise callbacks: the world settles promises itself.
 *
 * @param lines what happens is written there.
 * @param sabotage breaks the world before it begins, to see that it shows.
 */
export function runSeed(seed: number, lines?: string[], sabotage?: (network: Network) => void): SeedResult {
  const world = new World(seed, lines);
  const ledger = new Ledger(world);
  current = ledger;
  try {
    const network = new Network(world);
    sabotage?.(network);
    const workload = new Workload(network, ledger);
    workload.start();
    world.run(HORIZON_MS, () => workload.check());
    workload.checkEnd();
    ledger.close();
    const open = network.open().map(({ name }) => name);
    if (open.length > 0) ledger.breaks(9, `still open: ${open.join(", ")}`);
    if (world.waiting > 0) ledger.breaks(9, `${world.waiting} timers still run`);
    const restMs = world.now() - workload.finishedAt;
    if (restMs > ENDING_MS) ledger.breaks(9, `a timer ran ${restMs} ms after the end`);
  } catch (error) {
    ledger.breaks(1, `thrown: ${error instanceof Error ? error.stack : error}`);
  }
  const { broken, operations, faults, races } = ledger;
  return { broken, hash: world.hash, operations, faults, races };
}
