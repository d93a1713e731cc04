import { signal } from "@preact/signals";
import { Gauges } from "../model/gauges.ts";
import { ask, onTold } from "./source.ts";
import { recording } from "./state.ts";

/* What the kernel holds of the connections: told only while somebody asked for it, and only by Linux. */

interface Told {
  readonly on: boolean;
  readonly t: number;
  readonly queues: readonly (readonly [connection: number, send: number, receive: number])[];
}

/** Whether the kernel is asked. */
export const gauging = signal(false);
/** Why it cannot be asked. */
export const gaugeProblem = signal<string | undefined>(undefined);
/** Counts up with each answer. */
const gauged = signal(0);

let gauges = new Gauges();
let isOf: unknown;

/** The gauges of the recording that is shown. */
export function currentGauges(): Gauges {
  gauged.value;
  return isOf === recording.value ? gauges : NONE;
}

const NONE = new Gauges();

onTold("gauges", (told) => {
  const { on, t, queues } = told as Told;
  if (isOf !== recording.peek()) {
    gauges = new Gauges();
    isOf = recording.peek();
  }
  for (const [connection, send, receive] of queues) gauges.add(connection, { t, send, receive });
  gauging.value = on;
  gauged.value++;
});

/** Asks the kernel from now on, or no more. */
export async function switchGauges(): Promise<void> {
  gaugeProblem.value = undefined;
  try {
    await ask("gauges", { on: !gauging.peek() });
  } catch (error) {
    gaugeProblem.value = (error as Error).message;
  }
}
