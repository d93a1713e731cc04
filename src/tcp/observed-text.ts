import { latin1Bytes, putLatin1 } from "../bytes/text.ts";
import { observe, type TcpObserver } from "./observer.ts";

/** Memory for the texts that observers are shown: to allocate it for each text would cost more than all the rest. */
let spare: Uint8Array | undefined = new Uint8Array(4096);
/** The front of the memory, by its length: most texts are as long as one before, and a view costs more than a copy. */
const fronts: Uint8Array[] = [];

/** Shows an observer a written text (latin1) as the bytes that it becomes. */
export function observeText(observer: TcpObserver, text: string): void {
  const memory = spare;
  if (memory === undefined || text.length > memory.length) {
    observe(observer, { kind: "write", bytes: latin1Bytes(text) });
    return;
  }
  // The observer may write to another connection, whose text needs memory of its own, before it has looked at this one.
  spare = undefined;
  const length = putLatin1(text, memory);
  let bytes = fronts[length];
  if (bytes === undefined) bytes = fronts[length] = memory.subarray(0, length);
  observe(observer, { kind: "write", bytes });
  spare = memory;
}
