import { useLayoutEffect, useRef } from "preact/hooks";
import { ByteStrip } from "./byte-strip.tsx";
import { Explained } from "./compose-explained.tsx";
import { ComposeSend } from "./compose-send.tsx";
import { ComposeStart } from "./compose-start.tsx";
import {
  beginIfEmpty,
  caret,
  cutAt,
  cutPlaces,
  edit,
  marks,
  message,
  pointed,
  type ReadAs,
  readAs,
  send,
  text,
} from "./composing.ts";
import { Editor } from "./editor.tsx";
import { servers } from "./playing.ts";

/** A message by hand: typed, explained while it is typed, cut, and sent as it is. */
export function Compose() {
  const area = useRef<HTMLTextAreaElement>(null);
  const known = servers.value.length;
  // The servers are told a moment after the page opens.
  useLayoutEffect(beginIfEmpty, [known]);
  const { bytes } = message.value;
  const select = (start: number, end: number) => {
    const { units } = message.value;
    const inside = units.filter((unit) => unit.start < end && unit.end > start);
    const from = inside[0]?.from ?? text.value.length;
    area.current?.focus();
    area.current?.setSelectionRange(from, inside.at(-1)?.to ?? from);
  };
  return (
    <div class="compose">
      <div class="compose-edit">
        <ComposeStart />
        <Editor
          area={area}
          text={text.value}
          typed={message.value}
          marks={marks.value}
          cuts={cutPlaces.value}
          pointed={pointed.value}
          onText={edit}
          onCaret={(offset) => {
            caret.value = offset;
          }}
          onSend={() => void send()}
          onCut={() => cutAt(caret.value)}
        />
        <div class="row strip-head">
          <span>{bytes.length} bytes. Click between two to cut there.</span>
          <button type="button" title="Ctrl+K in the editor" onClick={() => cutAt(caret.value)}>
            cut at the caret
          </button>
        </div>
        <ByteStrip
          label="bytes of the message"
          bytes={bytes}
          look={(offset) => {
            const mark = marks.value[offset];
            return `k-${mark?.kind ?? "other"} ${mark?.isWrong === true ? "wrong" : ""}`;
          }}
          cuts={cutPlaces.value}
          onCut={cutAt}
        />
      </div>
      <div class="compose-read">
        <label class="row">
          read as{" "}
          <select
            value={readAs.value}
            onChange={(event) => {
              readAs.value = event.currentTarget.value as ReadAs;
            }}
          >
            <option value="request">HTTP request</option>
            <option value="response">HTTP response</option>
            <option value="bytes">bytes, no grammar</option>
          </select>
        </label>
        <Explained onSelect={select} />
      </div>
      <ComposeSend />
    </div>
  );
}
