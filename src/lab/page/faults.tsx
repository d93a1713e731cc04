import { signal } from "@preact/signals";
import { printable } from "../../browser.ts";
import { addFault, enableFault, faults, type ProxyFault, removeFault } from "./faulting.ts";
import { useFocus } from "./use-focus.ts";

const text = signal("");
const problem = signal("");

/** What is often wanted: a click writes it into the field. */
const EXAMPLES = [
  "down:latency 300ms±100ms",
  "down:bandwidth 10KB/s",
  "down:cut after=100B",
  "up:drop bytes=10 after=20B",
  "reset_peer 500ms",
  "respond status=503 every=5",
] as const;

async function doing(work: Promise<unknown>): Promise<boolean> {
  problem.value = "";
  try {
    await work;
    return true;
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
    return false;
  }
}

/** The faults of the proxy: what is changed here acts on open connections at once. */
export function Faults() {
  const all = faults.value ?? [];
  return (
    <div class="faults">
      <AddForm />
      {problem.value !== "" && (
        <p role="alert" class="bad">
          {printable(problem.value)}
        </p>
      )}
      {all.length === 0 && (
        <p class="quiet">No fault: the bytes pass as they are. A fault acts on open connections at once.</p>
      )}
      <ul aria-label="faults of the proxy">
        {all.map((fault) => (
          <FaultRow fault={fault} key={fault.name} />
        ))}
      </ul>
    </div>
  );
}

function AddForm() {
  const field = useFocus<HTMLInputElement>();
  return (
    <form
      class="row"
      aria-label="add a fault"
      onSubmit={(event) => {
        event.preventDefault();
        void doing(addFault(text.value)).then((added) => {
          if (added) text.value = "";
        });
      }}
    >
      <input
        ref={field}
        type="text"
        aria-label="a fault, as --fault takes it"
        placeholder="down:latency 100ms±20ms"
        list="fault-examples"
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <datalist id="fault-examples">
        {EXAMPLES.map((example) => (
          <option key={example} value={example} />
        ))}
      </datalist>
      <button type="submit" class="main" disabled={text.value.trim() === ""}>
        add
      </button>
    </form>
  );
}

function FaultRow({ fault }: { fault: ProxyFault }) {
  const shown = printable(fault.text);
  return (
    <li class="row">
      <label class={fault.enabled ? "" : "off"}>
        <input
          type="checkbox"
          checked={fault.enabled}
          onChange={(event) => void doing(enableFault(fault, event.currentTarget.checked))}
        />{" "}
        <code>{shown}</code>
      </label>
      <button type="button" aria-label={`remove ${shown}`} onClick={() => void doing(removeFault(fault))}>
        remove
      </button>
    </li>
  );
}
