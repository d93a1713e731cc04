import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { HostTurns } from "./host-turns.ts";
import type { Lane } from "./lane.ts";
import type { Plan } from "./plan.ts";
import type { Session } from "./session.ts";
import { Transfer } from "./transfer.ts";
import { hostFieldOf, parseCurlUrl } from "./url.ts";

const USUAL_MAX = 50;
const LARGEST_MAX = 65_535;

/**
 * Runs transfers beside each other (-Z), as many as --parallel-max says. A transfer that has ended leaves its connections
 * to the next. Returns the exit code of the last transfer that failed.
 */
export async function inParallel(plans: Generator<Plan>, session: Session): Promise<number> {
  const asked = session.settings.count("parallel-max") ?? 0;
  const atOnce = asked < 1 ? USUAL_MAX : Math.min(asked, LARGEST_MAX);
  let exitCode: number = EXIT.ok;
  let number = 0;
  let stopped = false;
  const free: Lane[] = [];
  const running = new Set<Promise<void>>();
  const turns = new HostTurns(session.settings.count("parallel-max-host") || Number.POSITIVE_INFINITY);
  const run = async (plan: Plan): Promise<void> => {
    const transferNumber = number++;
    const host = hostOf(plan);
    await turns.begin(host, follows(plan, session));
    if (!stopped) {
      const lane = free.pop() ?? session.openLane();
      const code = await new Transfer(plan, lane, session, transferNumber).run();
      free.push(lane);
      if (code !== EXIT.ok) exitCode = code;
      stopped ||= session.isOver || (code !== EXIT.ok && session.settings.on("fail-early"));
    }
    turns.end(host);
  };
  for (const plan of andAfter(await made(plans, atOnce, session), plans)) {
    if (stopped) break;
    const transfer: Promise<void> = run(plan).finally(() => running.delete(transfer));
    running.add(transfer);
    if (running.size >= atOnce) await Promise.race(running);
  }
  await Promise.all(running);
  await Promise.all(free.map((lane) => session.closeLane(lane)));
  return exitCode;
}

/**
 * The transfers that are beside each other at first. As in curl, all of them are made before one begins; if one cannot be
 * made, -w tells that of each.
 *
 * @throws {CurlError} a file of -T or -F cannot be read.
 */
async function made(plans: Generator<Plan>, count: number, session: Session): Promise<readonly Plan[]> {
  const first: Plan[] = [];
  for (let next = plans.next(); !next.done; next = plans.next()) {
    first.push(next.value);
    try {
      await checkFiles(next.value);
    } catch (error) {
      if (!(error instanceof CurlError)) throw error;
      const lane = session.openLane();
      for (const [number, plan] of first.entries())
        await new Transfer(plan, lane, session, number).writeOut(error.exitCode, error);
      throw error;
    }
    if (first.length === count) break;
  }
  return first;
}

async function checkFiles({ upload, settings }: Plan): Promise<void> {
  if (upload !== undefined) (await import("./upload.ts")).uploadContent(upload);
  if (settings.on("form")) (await import("./form-content.ts")).formContent(settings);
}

function* andAfter(first: readonly Plan[], others: Generator<Plan>): Generator<Plan> {
  yield* first;
  yield* others;
}

/** The host that the URL names, with its scheme and port. "": there is none. */
function hostOf({ url }: Plan): string {
  try {
    const parsed = parseCurlUrl(url);
    return `${parsed.scheme}://${hostFieldOf(parsed)}`;
  } catch (error) {
    if (error instanceof CurlError) return "";
    throw error;
  }
}

/** As in curl: who insists on HTTP/1 knows that a connection is for one request at a time. */
function follows({ settings }: Plan, session: Session): boolean {
  if (session.settings.on("parallel-immediate")) return false;
  const version = settings.last("http1.0", "http1.1", "http2")?.name;
  return version === undefined || version === "http2";
}
