import type { Role } from "../../browser.ts";
import { SCRIPTS } from "../model/scripts.ts";
import type { EndNow, StepTold } from "../model/stepping.ts";
import { ByteStrip } from "./byte-strip.tsx";
import { StateTables } from "./state-tables.tsx";
import { choose, cutAt, cuts, go, now, script, scriptIndex, slowWire, steps, whole } from "./stepper.ts";
import { useFocus } from "./use-focus.ts";

/** Client and server in this page: one event at a time, forwards and back. */
export function Step() {
  return (
    <div
      class="step"
      role="group"
      aria-label="step: → forwards, ← back, Home and End"
      onKeyDown={(event) => {
        if ((event.target as Element).matches("select, input")) return;
        if (event.key === "ArrowRight") go(1);
        else if (event.key === "ArrowLeft") go(-1);
        else if (event.key === "Home") go(Number.NEGATIVE_INFINITY);
        else if (event.key === "End") go(Number.POSITIVE_INFINITY);
        else return;
        event.preventDefault();
      }}
    >
      <div class="step-run">
        <Controls />
        <Told />
        <Wire sender="client" />
        <Wire sender="server" />
      </div>
      <StateTables />
    </div>
  );
}

function Controls() {
  const forwards = useFocus<HTMLButtonElement>();
  const total = whole.value.steps.length;
  const at = steps.value;
  return (
    <>
      <div class="row">
        <select
          aria-label="what happens"
          value={scriptIndex.value}
          onChange={(event) => choose(Number(event.currentTarget.value))}
        >
          {SCRIPTS.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
        <button
          type="button"
          aria-label="to the beginning"
          aria-disabled={at === 0}
          onClick={() => go(-total)}
        >
          ⇤
        </button>
        <button type="button" aria-disabled={at === 0} onClick={() => go(-1)}>
          ← back
        </button>
        <button ref={forwards} type="button" class="main" aria-disabled={at === total} onClick={() => go(1)}>
          step →
        </button>
        <button type="button" aria-label="to the end" aria-disabled={at === total} onClick={() => go(total)}>
          ⇥
        </button>
        <span class="quiet count" role="status">
          step {at} of {total}
        </span>
        <label title="What one end writes several times, the other end may read at once">
          <input
            type="checkbox"
            checked={slowWire.value}
            onChange={(event) => {
              slowWire.value = event.currentTarget.checked;
            }}
          />{" "}
          slow wire
        </label>
      </div>
      <p class="quiet">{script.value.about}</p>
    </>
  );
}

/** What just happened, and what comes next. */
function Told() {
  const all = whole.value.steps;
  const done = all[steps.value - 1];
  const next = all[steps.value];
  return (
    <div class="told" aria-live="polite">
      <p class={done?.isFault === true ? "bad" : ""}>
        {done === undefined ? (
          "Nothing has happened yet. The ladder above fills with each step."
        ) : (
          <Words told={done} />
        )}
      </p>
      <p class="quiet">
        {next === undefined ? (
          "This is the end. Go back, cut a stream between two bytes, or choose another exchange."
        ) : (
          <>
            next: <Words told={next} />
          </>
        )}
      </p>
    </div>
  );
}

function Words({ told: { who, words } }: { told: StepTold }) {
  if (who === "wire") return <>{words}.</>;
  return (
    <>
      The <b class={`who ${who}`}>{who}</b> {words}.
    </>
  );
}

/** What one end sends in all, how much of it is on the way, and how much has been read. Cut it where you like. */
function Wire({ sender }: { sender: Role }) {
  const bytes = whole.value.streams[sender];
  const { written, arrived }: EndNow = now.value.ends[sender];
  const receiver = sender === "client" ? "server" : "client";
  return (
    <div class="wire">
      <p>
        <b class={`who ${sender}`}>{sender}</b> → <b class={`who ${receiver}`}>{receiver}</b>{" "}
        <span class="quiet">
          {written - arrived} bytes on the way, {arrived} arrived, of {bytes.length}
        </span>
      </p>
      <ByteStrip
        label={`what the ${sender} sends`}
        bytes={bytes}
        look={(offset) =>
          `of-${sender} ${offset < arrived ? "arrived" : offset < written ? "on-the-way" : "not-yet"}`
        }
        cuts={cuts.value[sender]}
        onCut={(offset) => cutAt(sender, offset)}
      />
    </div>
  );
}
