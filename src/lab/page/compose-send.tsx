import {
  cutAt,
  cuts,
  end,
  failure,
  inText,
  message,
  otherTarget,
  pieces,
  send,
  setWait,
  status,
  target,
  targetId,
} from "./composing.ts";
import { mayPlay, servers } from "./playing.ts";
import { nameOf } from "./servers.tsx";

const ENDS = [
  ["none", "no end: FIN after the answer"],
  ["fin", "FIN right behind the last byte"],
  ["rst", "RST right behind the last byte"],
] as const;

/** Where the message goes, in which pieces, and what comes behind it. */
export function ComposeSend() {
  const chosenId = targetId.value ?? servers.value.find((one) => one === target.value)?.id ?? -1;
  return (
    <form
      class="compose-send"
      aria-label="send"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label>
        to{" "}
        <select
          aria-label="send to"
          value={chosenId}
          onChange={(event) => {
            targetId.value = Number(event.currentTarget.value);
          }}
        >
          {servers.value.map((server) => (
            <option key={server.id} value={server.id}>
              {nameOf(server)}, {inText(server)}
            </option>
          ))}
          <option value={-1}>another port of this machine</option>
        </select>
      </label>
      {chosenId === -1 && (
        <input
          aria-label="address and port, on loopback"
          value={otherTarget.value}
          onInput={(event) => {
            otherTarget.value = event.currentTarget.value;
          }}
        />
      )}
      <Pieces />
      <fieldset>
        <legend class="visually-hidden">the end</legend>
        {ENDS.map(([name, title]) => (
          <label key={name}>
            <input
              type="radio"
              name="end"
              checked={end.value === name}
              onChange={() => {
                end.value = name;
              }}
            />{" "}
            {title}
          </label>
        ))}
      </fieldset>
      <button type="submit" class="main" disabled={!mayPlay.value} title="Ctrl+Enter in the editor">
        send {message.value.bytes.length} bytes
      </button>
      {!mayPlay.value && (
        <p class="quiet">
          This page only looks on: it explains, but cannot send. Run <code>wirepane lab</code> to send.
        </p>
      )}
      <p role="status" class="quiet">
        {status.value}
      </p>
      {failure.value !== "" && (
        <p role="alert" class="bad">
          {failure.value}
        </p>
      )}
    </form>
  );
}

/** Each piece, and how long it waits. */
function Pieces() {
  if (pieces.value.length < 2) return <p class="quiet">In one piece: one write.</p>;
  return (
    <ol class="pieces" aria-label="pieces">
      {pieces.value.map(({ bytes, waitMs }, index) => {
        const cut = cuts.value[index - 1];
        return (
          <li key={cut?.at ?? 0}>
            {bytes.length} bytes
            {cut !== undefined && (
              <>
                {" "}
                after{" "}
                <input
                  type="number"
                  aria-label={`wait before piece ${index + 1}, in milliseconds`}
                  min={0}
                  max={10_000}
                  step={50}
                  value={waitMs}
                  onInput={(event) => {
                    const ms = event.currentTarget.valueAsNumber;
                    if (Number.isInteger(ms) && ms >= 0 && ms <= 10_000) setWait(cut.at, ms);
                  }}
                />{" "}
                ms{" "}
                <button
                  type="button"
                  aria-label={`join piece ${index + 1} to the one before`}
                  onClick={() => cutAt(cut.at)}
                >
                  ×
                </button>
              </>
            )}
          </li>
        );
      })}
    </ol>
  );
}
