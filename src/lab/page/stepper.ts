import { computed, effect, signal } from "@preact/signals";
import type { Role } from "../../browser.ts";
import { Recording } from "../model/recording.ts";
import { SCRIPTS, type Script } from "../model/scripts.ts";
import { type RunOptions, run } from "../model/stepping.ts";
import {
  chooseEvent,
  chosenEvent,
  chosenId,
  currentDrawing,
  drawer,
  selection,
  shownInstead,
} from "./state.ts";

/*
 * Where the stepping is. While its drawer is open, the ladder and the inspector show the stepped conversation; the live
 * recording goes on behind it, and comes back when the drawer closes.
 */

const NO_CUTS: RunOptions["cuts"] = { client: new Set(), server: new Set() };

export const scriptIndex = signal(0);
export const cuts = signal(NO_CUTS);
export const slowWire = signal(false);
const wantedSteps = signal(0);

export const script = computed<Script>(() => SCRIPTS[scriptIndex.value] as Script);
const options = computed<RunOptions>(() => ({
  script: script.value,
  cuts: cuts.value,
  slowWire: slowWire.value,
}));
/** The whole run: its length, and all bytes that will be sent. */
export const whole = computed(() => run(options.value));
/** A cut may have made the run shorter. */
export const steps = computed(() => Math.min(wantedSteps.value, whole.value.steps.length));
export const now = computed(() => run(options.value, steps.value));

export function go(by: number): void {
  wantedSteps.value = Math.min(Math.max(steps.value + by, 0), whole.value.steps.length);
}

export function choose(index: number): void {
  scriptIndex.value = index;
  cuts.value = NO_CUTS;
  wantedSteps.value = 0;
}

export function cutAt(sender: Role, offset: number): void {
  const places = new Set(cuts.value[sender]);
  if (!places.delete(offset)) places.add(offset);
  cuts.value = { ...cuts.value, [sender]: places };
}

const forget = () => {
  chosenId.value = undefined;
  chosenEvent.value = undefined;
  selection.value = undefined;
};

effect(() => {
  if (drawer.value !== "step") {
    if (shownInstead.peek() === undefined) return;
    forget();
    shownInstead.value = undefined;
    return;
  }
  const recording = new Recording();
  for (const record of now.value.records) recording.add(record);
  forget();
  shownInstead.value = recording;
  const last = currentDrawing()?.ladder.events.at(-1);
  if (last !== undefined) chooseEvent(last);
});
