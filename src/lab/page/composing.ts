import { computed, signal } from "@preact/signals";
import { type ExplanationTree, explainTree } from "../../browser.ts";
import { type Cut, marksOf, movedCuts, piecesOf, problemsOf, withCut } from "../model/composed.ts";
import { EXAMPLES, type Example } from "../model/examples.ts";
import { typed } from "../model/typed.ts";
import { mayPlay, sendPieces, servers } from "./playing.ts";
import { sourceState } from "./state.ts";

/*
 * The message that is being composed, and what is known of it at each moment. It stays while the drawer is closed.
 */

/** What the bytes are read as. */
export type ReadAs = "request" | "response" | "bytes";

export const text = signal("");
export const readAs = signal<ReadAs>("request");
export const cuts = signal<readonly Cut[]>([]);
export const end = signal<"none" | "fin" | "rst">("none");
/** Where it goes: the id of a server that runs, or an address. */
export const targetId = signal<number | undefined>(undefined);
export const otherTarget = signal("127.0.0.1:8080");
/** The byte at the caret. */
export const caret = signal(0);
export const pointed = signal<{ readonly start: number; readonly end: number } | undefined>(undefined);
export const status = signal("");
export const failure = signal("");

/** Longer messages are sent, but not explained at each key. */
const MAX_EXPLAINED_BYTES = 64 * 1024;

export const message = computed(() => typed(text.value));
export const explained = computed<ExplanationTree>(() => {
  const { bytes } = message.value;
  if (readAs.value === "bytes" || bytes.length === 0 || bytes.length > MAX_EXPLAINED_BYTES)
    return { title: "", nodes: [] };
  return explainTree(bytes, { message: readAs.value, reveal: true });
});
export const marks = computed(() => marksOf(message.value.bytes.length, explained.value.nodes));
export const problems = computed(() => problemsOf(explained.value.nodes));
export const cutPlaces = computed(() => new Set(cuts.value.map(({ at }) => at)));
export const pieces = computed(() => piecesOf(message.value.bytes, cuts.value));

/** Takes what was typed. The cuts stay between the bytes they were between. */
export function edit(next: string): void {
  const before = message.value.bytes;
  text.value = next;
  cuts.value = movedCuts(cuts.value, before, message.value.bytes);
  status.value = "";
}

/** Begins anew with another message. */
export function begin(next: string, as: ReadAs): void {
  text.value = next;
  readAs.value = as;
  cuts.value = [];
  status.value = "";
  failure.value = "";
}

export function cutAt(offset: number): void {
  if (offset > 0 && offset < message.value.bytes.length) cuts.value = withCut(cuts.value, offset);
}

export function setWait(at: number, waitMs: number): void {
  cuts.value = cuts.value.map((cut) => (cut.at === at ? { at, waitMs } : cut));
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** The chosen server; without a choice, the last HTTP server that runs. -1: the address that was typed. */
export const target = computed<Target | undefined>(() => {
  if (targetId.value === -1) return addressOf(otherTarget.value);
  const running = servers.value;
  return (
    running.find(({ id }) => id === targetId.value) ??
    running.findLast(({ kind }) => kind === "http") ??
    running.at(-1) ??
    addressOf(otherTarget.value)
  );
});

function addressOf(given: string): Target | undefined {
  const found = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(given.trim());
  const port = Number(found?.[3]);
  const host = found?.[1] ?? found?.[2];
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

export const inText = ({ host, port }: Target): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** Begins with an example, addressed to the target. */
export function beginWith({ text: example, kind }: Example): void {
  const host = target.value === undefined ? "localhost" : inText(target.value);
  begin(example.replaceAll("{host}", host), kind);
}

/** The pane is never empty. An example names a server, so it waits until one is known. */
export function beginIfEmpty(): void {
  const [first] = EXAMPLES;
  const known = mayPlay.value ? servers.value.length > 0 : sourceState.value !== "connecting";
  if (text.value === "" && first !== undefined && known) beginWith(first);
}

export async function send(): Promise<void> {
  failure.value = "";
  const to = target.value;
  if (to === undefined) {
    failure.value = "The target is an address and a port: 127.0.0.1:8080 or [::1]:8080.";
    return;
  }
  if (pieces.value.length === 0 && end.value === "none") {
    failure.value = "There is nothing to send yet.";
    return;
  }
  status.value = "connecting…";
  try {
    await sendPieces(to, pieces.value, end.value);
    status.value = `Sent to ${inText(to)}: the ladder shows the conversation.`;
  } catch (error) {
    status.value = "";
    failure.value = error instanceof Error ? error.message : String(error);
  }
}
