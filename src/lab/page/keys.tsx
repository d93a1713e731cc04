import { useLayoutEffect, useRef } from "preact/hooks";
import { faults } from "./faulting.ts";
import { stepEvent } from "./ladder.tsx";
import {
  choose,
  chosen,
  chosenEvent,
  drawer,
  following,
  helpShown,
  recording,
  selection,
  span,
  switchScale,
  tab,
  zoom,
} from "./state.ts";

/** Every key, what it does, and what the help says. */
const KEYS: readonly { readonly keys: readonly string[]; readonly does: string; readonly act: () => void }[] =
  [
    { keys: ["j", "ArrowDown"], does: "next event of the ladder", act: () => stepEvent(1) },
    { keys: ["k", "ArrowUp"], does: "event before", act: () => stepEvent(-1) },
    { keys: ["]", "ArrowRight"], does: "next conversation", act: () => stepConversation(1) },
    { keys: ["[", "ArrowLeft"], does: "conversation before", act: () => stepConversation(-1) },
    { keys: ["f"], does: "fields of the chosen bytes", act: () => show("fields") },
    { keys: ["b"], does: "the bytes, in hex", act: () => show("bytes") },
    { keys: ["t"], does: "the time of the exchange", act: () => show("time") },
    { keys: ["+", "="], does: "larger", act: () => enlarge(10) },
    { keys: ["-"], does: "smaller", act: () => enlarge(-10) },
    { keys: ["0"], does: "normal size", act: () => enlarge(100 - zoom.value) },
    {
      keys: ["s"],
      does: "rows, or true scale",
      act: switchScale,
    },
    {
      keys: [" "],
      does: "hold the picture, or go on",
      act: () => {
        following.value = !following.value;
      },
    },
    {
      keys: ["o"],
      does: "a part of the whole recording: then ← → move where it begins",
      act: () => document.querySelector<HTMLElement>(".overview .thumb")?.focus(),
    },
    { keys: ["/"], does: "find", act: () => document.getElementById("filter")?.focus() },
    { keys: ["c"], does: "compose a message", act: () => open("compose") },
    { keys: ["v"], does: "servers, and who waits", act: () => open("servers") },
    {
      keys: ["x"],
      does: "faults of the proxy",
      act: () => {
        if (faults.value !== undefined) open("faults");
      },
    },
    { keys: ["n"], does: "step through an exchange", act: () => open("step") },
    {
      keys: ["?"],
      does: "these keys",
      act: () => {
        helpShown.value = !helpShown.value;
      },
    },
    {
      keys: ["Escape"],
      does: "close what is open, choose nothing, show all",
      act: () => {
        if (helpShown.value) helpShown.value = false;
        else if (drawer.value !== undefined) drawer.value = undefined;
        else if (chosenEvent.value === undefined && selection.value === undefined) span.value = undefined;
        else {
          chosenEvent.value = undefined;
          selection.value = undefined;
        }
      },
    },
  ];

/** Elements that use these keys themselves. */
const OWN_KEYS = "input, textarea, select, [role=listbox], [role=tree], [role=tablist], dialog";

/** Listens to the keys of the whole page. */
export function installKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as Element;
    const typing = target.matches("input, textarea, select, [contenteditable]");
    if (typing && event.key !== "Escape") return;
    if (event.key.startsWith("Arrow") && target.closest(OWN_KEYS) !== null) return;
    if (event.key === " " && target.matches("button, summary")) return;
    const found = KEYS.find(({ keys }) => keys.includes(event.key));
    if (found === undefined) return;
    if (typing) (target as HTMLElement).blur();
    else found.act();
    event.preventDefault();
  });
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "space",
  Escape: "Esc",
};

/** The list of all keys. */
export function Help() {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => ref.current?.showModal(), []);
  const close = () => {
    helpShown.value = false;
  };
  return (
    <dialog ref={ref} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{NAMES[key] ?? key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close}>
        close
      </button>
    </dialog>
  );
}

function stepConversation(by: number): void {
  const { conversations } = recording.value;
  const at = conversations.findIndex(({ id }) => id === chosen.value?.id);
  const next = conversations[Math.min(Math.max(at + by, 0), conversations.length - 1)];
  if (next !== undefined) choose(next.id);
}

function show(name: "fields" | "bytes" | "time"): void {
  tab.value = name;
}

function open(name: "compose" | "servers" | "faults" | "step"): void {
  drawer.value = drawer.value === name ? undefined : name;
}

function enlarge(by: number): void {
  zoom.value = Math.min(Math.max(zoom.value + by, 60), 240);
}
