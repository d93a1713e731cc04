import { printable, quote } from "../src/bytes/text.ts";
import type { Check, CheckOptions, CheckResult } from "./check.ts";
import { Generator } from "./differential/generate.ts";
import type { Input } from "./differential/input.ts";
import { minimise } from "./differential/minimise.ts";
import {
  type Disagreement,
  disagreements,
  type Hearing,
  Panel,
  weAloneAccept,
} from "./differential/panel.ts";
import { QUIRKS, type Quirk } from "./differential/quirks.ts";

const BATCH = 500;
/** While h11 reads one batch, the next batches are read here. */
const BATCHES_AHEAD = 2;
/** This many examples are enough to see what is wrong. */
const MAX_SHOWN = 5;
const MAX_FAULTS = 50;

export const check: Check = {
  promise: "every message that Node's parser, llhttp or h11 read differently from us has a written reason",
  runs: { quick: 20_000, full: 200_000, long: 50_000_000 },
  run,
};

async function run({ runs, seed, replay, print }: CheckOptions): Promise<CheckResult> {
  if (runs === 0) return listQuirks(print);
  const panel = new Panel();
  try {
    const generator = new Generator(seed);
    if (replay !== undefined) return await showCase(panel, generator.input(replay), print);
    return await compare(panel, generator, { runs, print });
  } finally {
    panel.close();
  }
}

function listQuirks(print: (line: string) => void): CheckResult {
  for (const { id, who, what, why, section } of QUIRKS) {
    print(`${id} (${who.join(", ")}): ${what}\n    ${section}: ${why}`);
  }
  return { passed: true, figures: `${QUIRKS.length} rules` };
}

async function compare(
  panel: Panel,
  generator: Generator,
  { runs, print }: Pick<CheckOptions, "runs" | "print">,
): Promise<CheckResult> {
  const count = { inputs: 0, alike: 0, explained: 0, alone: 0, faults: 0 };
  const used = new Set<Quirk>();

  const judge = async (hearing: Hearing, number: number) => {
    const judgement = judgementOf(hearing);
    count.inputs++;
    if (judgement.found.length === 0) count.alike++;
    for (const { quirk } of judgement.found) if (quirk !== undefined) used.add(quirk);
    count.explained += judgement.found.filter(({ quirk }) => quirk !== undefined).length;
    if (judgement.alone) count.alone++;
    if (judgement.fault === undefined || count.faults++ >= MAX_SHOWN) return;
    print(`case ${number}: ${judgement.fault}`);
    await showCase(panel, await smallest(panel, hearing.input, judgement.fault), print);
  };

  const ahead: { first: number; hearings: Promise<Hearing[]> }[] = [];
  const settle = async ({ first, hearings }: { first: number; hearings: Promise<Hearing[]> }) => {
    for (const [index, hearing] of (await hearings).entries()) await judge(hearing, first + index);
  };
  for (let first = 0; first < runs && count.faults < MAX_FAULTS; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, runs - first) }, (_, i) => generator.input(first + i));
    const settled = ahead.length < BATCHES_AHEAD ? undefined : ahead.shift();
    ahead.push({ first, hearings: panel.hear(batch) });
    if (settled !== undefined) await settle(settled);
  }
  for (const hearings of ahead) await settle(hearings);

  const number = (value: number) => value.toLocaleString("en");
  const figures = [
    `${number(count.inputs)} inputs, each read by ${panel.oracles}`,
    `${number(count.alike)} alike by all`,
    `${number(count.explained)} disagreements by ${used.size} of ${QUIRKS.length} rules`,
    `${number(count.alone)} with what we alone accept, by rules of which the RFC leaves no choice`,
    `${number(count.faults)} faults`,
  ];
  return { passed: count.faults === 0, figures: figures.join("; ") };
}

interface Judgement {
  readonly found: readonly { readonly one: Disagreement; readonly quirk: Quirk | undefined }[];
  readonly alone: boolean;
  /**
   * A fault that the check looks for: a difference that no rule explains, or a message that we accept alone without
   * need.
   */
  readonly fault: string | undefined;
}

function judgementOf(hearing: Hearing): Judgement {
  const disagreed = disagreements(hearing);
  const found = disagreed.map((one) => ({ one, quirk: quirkOf(one) }));
  const unexplained = found.find(({ quirk }) => quirk === undefined)?.one.who;
  if (unexplained !== undefined) {
    return { found, alone: false, fault: `${unexplained} reads something else, and no rule says why` };
  }
  // If the others refuse the message for different reasons, then for each reason there is another parser that accepts
  // it.
  const quirks = new Set(found.map(({ quirk }) => quirk));
  const alone = weAloneAccept(hearing, disagreed) && quirks.size === 1;
  const rightly = found[0]?.quirk?.othersAreWrong === true;
  return { found, alone, fault: alone && !rightly ? "a message that we alone accept" : undefined };
}

const quirkOf = (one: Disagreement): Quirk | undefined =>
  QUIRKS.find((quirk) => quirk.who.includes(one.who) && quirk.explains(one));

async function smallest(panel: Panel, { reads, asked, text }: Input, fault: string): Promise<Input> {
  const shortest = await minimise(text, async (shorter) => {
    const [hearing] = await panel.hear([{ reads, asked, text: shorter }]);
    return hearing !== undefined && judgementOf(hearing).fault === fault;
  });
  return { reads, asked, text: shortest };
}

/** Prints an input in full, with the verdict of every parser. */
async function showCase(panel: Panel, input: Input, print: (line: string) => void): Promise<CheckResult> {
  const [hearing] = await panel.hear([input]);
  if (hearing === undefined) throw new Error("nobody has read the input");
  const asked = input.reads === "response" ? ` to ${input.asked.join(", ")}` : "";
  print(`  ${input.reads}${asked}: ${quote(input.text, input.text.length)}`);
  for (const [who, { text, reason }] of [["ours", hearing.ours] as const, ...hearing.others]) {
    print(`    ${who.padEnd(7)} ${quote(text, text.length)} ${printable(reason)}`);
  }
  const { found, fault } = judgementOf(hearing);
  for (const { one, quirk } of found) print(`    ${one.who} differs by the rule: ${quirk?.id ?? "none"}`);
  return {
    passed: fault === undefined,
    figures: fault ?? `one case, ${found.length} disagreements by rules`,
  };
}
