import { SUBJECTS, type Subject, TIMES } from "./subjects.ts";

/*
 * A process of its own, started with the collector in reach and with room for all that a sample makes. It measures the
 * subject that it is told, once for each size.
 */

/** Nanoseconds of CPU for a byte. */
export interface Costs {
  readonly small: number;
  readonly large: number;
}

/** Less work than this says little: the system counts the time of a process in microseconds, and hardly in fewer. */
const SAMPLE_NS = 8e6;
/** A byte of content in a large piece costs next to nothing; that too takes an end. */
const MIN_COST = 1;

/** Made when a subject is first measured: the two inputs, and the least that the large one has cost so far. */
interface Prepared {
  readonly small: Uint8Array;
  readonly large: Uint8Array;
  least: number;
}
const prepared = new Map<Subject, Prepared>();

process.on("message", async (index: number) => process.send?.(await measure(SUBJECTS[index] as Subject)));
process.on("disconnect", () => process.exit(0));

async function measure(subject: Subject): Promise<Costs> {
  const inputs = prepared.get(subject) ?? (await prepare(subject));
  // As many bytes for both, so that what is left over once for each sample is the same.
  const repeats = Math.ceil(SAMPLE_NS / (inputs.least * inputs.large.length));
  const small = await cost(subject, inputs.small, repeats * TIMES);
  const large = await cost(subject, inputs.large, repeats);
  inputs.least = Math.max(Math.min(inputs.least, large), MIN_COST);
  return { small, large };
}

/** Both sizes are read a few times, so that V8 has compiled what they run. */
async function prepare(subject: Subject): Promise<Prepared> {
  const { input, size } = subject;
  const [small, large] = [input(size), input(size * TIMES)];
  await cost(subject, small, TIMES);
  await cost(subject, large, 1);
  const made = { small, large, least: Math.max(await cost(subject, large, 1), MIN_COST) };
  prepared.set(subject, made);
  return made;
}

async function cost({ act, pieceSize }: Subject, bytes: Uint8Array, times: number): Promise<number> {
  global.gc?.({ type: "minor" });
  const begun = process.cpuUsage();
  for (let time = 0; time < times; time++) await act(bytes, pieceSize);
  const { user, system } = process.cpuUsage(begun);
  return ((user + system) * 1e3) / (times * bytes.length);
}
