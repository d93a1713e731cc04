import { useSignal } from "@preact/signals";
import { COPY_FORMS, type CopyForm, copied } from "../model/copied.ts";
import type { ExplainedStream } from "../model/streams.ts";
import { partOf, selection } from "./state.ts";

/** Copies the chosen bytes, or all of them if none are chosen. */
export function CopyAs({ explained }: { explained: ExplainedStream | undefined }) {
  const done = useSignal("");
  if (explained === undefined) return null;
  const copy = async (form: CopyForm) => {
    const { bytes, base } = explained.stream;
    const range = partOf(explained, selection.value);
    const chosenBytes = range === undefined ? bytes : bytes.subarray(range.start - base, range.end - base);
    try {
      await navigator.clipboard.writeText(copied(form, form === "curl" ? bytes : chosenBytes));
      done.value = `copied as ${form}`;
    } catch {
      done.value = "the browser does not let this page copy";
    }
  };
  return (
    <div class="copy">
      <span>copy as</span>
      {COPY_FORMS.map((form) => (
        <button key={form} type="button" onClick={() => void copy(form)}>
          {form}
        </button>
      ))}
      <span role="status">{done.value}</span>
    </div>
  );
}
