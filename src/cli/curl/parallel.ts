import { EXIT } from "../exit-codes.ts";
import type { Lane } from "./lane.ts";
import type { Plan } from "./plan.ts";
import type { Session } from "./session.ts";
import { Transfer } from "./transfer.ts";

const USUAL_MAX = 50;
const LARGEST_MAX = 65_535;

/**
 * Runs transfers beside each other (-Z), as many as --parallel-max says. A transfer that has ended leaves its connections
 * to the next. Returns the exit code of the last transfer that failed.
 */
export async function inParallel(plans: Iterator<Plan>, session: Session): Promise<number> {
  const asked = session.settings.count("parallel-max") ?? 0;
  const atOnce = asked < 1 ? USUAL_MAX : Math.min(asked, LARGEST_MAX);
  let exitCode: number = EXIT.ok;
  let number = 0;
  let stopped = false;
  const free: Lane[] = [];
  const running = new Set<Promise<void>>();
  const run = async (plan: Plan): Promise<void> => {
    const lane = free.pop() ?? session.openLane();
    const code = await new Transfer(plan, lane, session, number++).run();
    free.push(lane);
    if (code === EXIT.ok) return;
    exitCode = code;
    stopped ||= session.isOver || session.settings.on("fail-early");
  };
  for (let next = plans.next(); !next.done && !stopped; next = plans.next()) {
    const transfer: Promise<void> = run(next.value).finally(() => running.delete(transfer));
    running.add(transfer);
    if (running.size >= atOnce) await Promise.race(running);
  }
  await Promise.all(running);
  await Promise.all(free.map((lane) => session.closeLane(lane)));
  return exitCode;
}
