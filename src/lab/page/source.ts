import {
  fromNdjson,
  type RecordingReader,
  Redactor,
  recordingReader,
  type TraceRecord,
} from "../../browser.ts";
import { addDropped, addRecords, clear, fileProblem, sourceState } from "./state.ts";

/*
 * Where records come from: the stream of the server that gave us this page. Without one (the static page) they come
 * from a file that is dropped here, or from the step drawer.
 */

/** Only the user who opened the printed URL has it. It is not sent with any navigation. */
const token = new URLSearchParams(location.hash.slice(1)).get("token");

const listeners = new Map<string, (value: unknown) => void>();

/** Calls `listener` with each value that the server tells under this name. */
export function onTold(name: string, listener: (value: unknown) => void): void {
  listeners.set(name, listener);
}

/** Whether a server of ours gave us this page. */
export const hasServer = token !== null;

/** Reads the stream until it ends, and connects anew when it is lost. */
export async function follow(): Promise<void> {
  if (token === null) return;
  for (let failures = 0; ; failures++) {
    sourceState.value = "connecting";
    try {
      const response = await fetch("records", { headers: { "X-Wirepane-Token": token } });
      if (!response.ok || response.body === null) {
        sourceState.value = "refused";
        return;
      }
      // The server sends everything that it keeps: what is here already would be here twice.
      clear();
      failures = 0;
      sourceState.value = "live";
      if (await readEvents(response.body)) {
        sourceState.value = "complete";
        return;
      }
    } catch {
      // The server has gone, or the network of this machine has. The state says so, and we try again.
    }
    sourceState.value = "lost";
    if (failures > 20) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** failures, 10_000)));
  }
}

/** Returns whether the server said that the recording is complete. */
async function readEvents(body: ReadableStream<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n\n");
    if (end === -1) continue;
    for (const event of text.slice(0, end).split("\n\n")) if (takeEvent(event)) return true;
    text = text.slice(end + 2);
  }
  return false;
}

function takeEvent(event: string): boolean {
  const lines = event.split("\n");
  const name = lines.find((line) => line.startsWith("event: "))?.slice("event: ".length);
  const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice("data: ".length));
  switch (name) {
    case undefined:
      return false;
    case "records":
      addRecords(fromNdjson(data.join("\n")));
      return false;
    case "dropped":
      addDropped(Number(data[0]));
      return false;
    case "end":
      return true;
    default:
      listeners.get(name)?.(JSON.parse(data[0] ?? "null"));
      return false;
  }
}

/** Asks the server to do something. Rejects with a sentence for people. */
export async function ask(action: string, what: unknown): Promise<unknown> {
  const response = await fetch(`actions/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Wirepane-Token": token ?? "" },
    body: JSON.stringify(what),
  }).catch(() => {
    throw new Error("Wirepane does not answer. Does the command still run?");
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
  return JSON.parse(text);
}

/** Shows a recording that the user dropped on the page, with its secrets masked. */
export async function openFile(file: File): Promise<void> {
  clear();
  fileProblem.value = undefined;
  const records: TraceRecord[] = [];
  const redactor = new Redactor((record) => records.push(record));
  let reader: RecordingReader | undefined;
  try {
    for await (const piece of file.stream()) {
      reader ??= recordingReader(piece, (record) => redactor.add(record));
      reader.push(piece);
      addRecords(records.splice(0));
    }
    const cut = reader === undefined ? "the file is empty" : reader.end();
    if (cut !== undefined) fileProblem.value = `${file.name}: ${cut}`;
  } catch (error) {
    // What stands before the fault is shown.
    fileProblem.value = `${file.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
  redactor.flush();
  addRecords(records);
  sourceState.value = "complete";
}
