import type { Role } from "../../browser.ts";
import { JOINT_ROWS, type MoveRow, seenBy, TURN_ROWS } from "../model/state-tables.ts";
import { now } from "./stepper.ts";

const SIDES = ["client", "server"] as const;

/** Both tables of states, for both sides. The present state and the moves of the last step are lit. */
export function StateTables() {
  return (
    <div class="state-tables">
      {SIDES.map((side) => (
        <section key={side} aria-label={`states of the ${side}'s side`}>
          <h3>
            The <b class={`who ${side}`}>{side}</b>'s side is
          </h3>
          <p class="row">
            {SIDES.map((seer) => (
              <span key={seer}>
                <b class={`state s-${stateSeenBy(seer, side)}`}>{stateSeenBy(seer, side)}</b>{" "}
                <small>for the {seer}</small>
              </span>
            ))}
          </p>
          <Moves title={`the ${side} sends`} side={side} rows={TURN_ROWS} />
          <Moves title="what follows" side={side} rows={JOINT_ROWS} />
        </section>
      ))}
    </div>
  );
}

/** Each end knows both sides, and each learns of the other a little later. */
function stateSeenBy(seer: Role, side: Role) {
  const { ourState, peerState } = now.value.ends[seer];
  return seer === side ? ourState : peerState;
}

function Moves({ title, side, rows }: { title: string; side: Role; rows: readonly MoveRow[] }) {
  const { taken } = now.value;
  const states = SIDES.map((seer) => stateSeenBy(seer, side));
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows
          .filter((row) => row.side === side)
          .map((row) => {
            const seers = seenBy(row, taken);
            const isOpen = states.includes(row.from);
            return (
              <tr
                key={`${row.from} ${row.why}`}
                class={seers.length > 0 ? "taken" : isOpen ? "open" : ""}
                {...(seers.length > 0 && { "aria-current": "step" })}
              >
                <td>{row.from}</td>
                <td class="why">{words(row.why)}</td>
                <td>→ {row.to}</td>
                <td class="seers">
                  {seers.map((seer) => (
                    <b key={seer} class={`who ${seer}`} title={`seen by the ${seer}`}>
                      {seer[0]}
                    </b>
                  ))}
                </td>
              </tr>
            );
          })}
      </tbody>
    </table>
  );
}

/** `switchRefusedAtLast` → "switch refused at last". */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
