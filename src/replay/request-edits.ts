import { joined } from "../bytes/copy.ts";
import { latin1, utf8Bytes } from "../bytes/text.ts";
import type { Script, ScriptConversation, Step } from "./script.ts";

/** A field line that every request gets. `value` undefined: the field is removed. */
interface FieldChange {
  readonly name: string;
  readonly value: string | undefined;
}

/** What is changed in the requests before they are sent. Everything else stays as it was recorded. */
export interface Changes {
  readonly fields: readonly FieldChange[];
  /** The new Host; it stands in an absolute-form target, too. */
  readonly host?: string | undefined;
}

/** The bytes `[start, end)` of the client's stream are replaced. Edits are in order. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** The edits of one conversation. */
export type RequestEdits = readonly Edit[];

/** Changes as a caller gives them. */
export const changesOf = ({
  fields = [],
  host,
}: {
  readonly fields?: readonly (readonly [name: string, value: string | undefined])[];
  readonly host?: string;
}): Changes => ({ fields: fields.map(([name, value]) => ({ name, value })), host });

/** The changed fields that no request of the recording has. */
export function missingEverywhere(conversations: Script, { fields }: Changes): ReadonlySet<string> {
  const names = new Set(fields.map(({ name }) => name.toLowerCase()));
  for (const { exchanges } of conversations)
    for (const { request } of exchanges)
      for (const [name] of request?.fields ?? []) names.delete(name.toLowerCase());
  return names;
}

/** The bytes of a step, edited. An edit belongs to the step that has its first byte. */
export function editedBytes({ offset, bytes }: Step, edits: RequestEdits): Uint8Array {
  const end = offset + bytes.length;
  const pieces: Uint8Array[] = [];
  let at = offset;
  for (const edit of edits) {
    if (edit.end < at || edit.start >= end) continue;
    if (edit.start > at) pieces.push(bytes.subarray(at - offset, edit.start - offset));
    if (edit.start >= offset) pieces.push(edit.bytes);
    at = Math.min(Math.max(at, edit.end), end);
  }
  if (pieces.length === 0 && at === offset) return bytes;
  return joined([...pieces, bytes.subarray(at - offset)]);
}

/**
 * The edits that make the changes in each request of a conversation.
 *
 * @param everywhere lower-case names of fields that no request of the recording has: every request gets them.
 */
export function editsOf(
  conversation: ScriptConversation,
  { fields, host }: Changes,
  everywhere: ReadonlySet<string>,
): RequestEdits {
  const edits: Edit[] = [];
  for (const { request } of conversation.exchanges) {
    if (request === undefined || request.headBytes === 0) continue;
    const head = latin1(bytesAt(conversation.steps, request.offset, request.offset + request.headBytes));
    for (const edit of headEdits(head, fields, host, everywhere))
      edits.push({ ...edit, start: edit.start + request.offset, end: edit.end + request.offset });
  }
  return edits;
}

function bytesAt(steps: readonly Step[], start: number, end: number): Uint8Array {
  const pieces = steps
    .filter((step) => step.offset < end && step.offset + step.bytes.length > start)
    .map(({ offset, bytes }) => bytes.subarray(Math.max(start - offset, 0), end - offset));
  return joined(pieces);
}

function headEdits(
  head: string,
  fields: readonly FieldChange[],
  host: string | undefined,
  everywhere: ReadonlySet<string>,
): Edit[] {
  const changes: FieldChange[] = [...(host === undefined ? [] : [{ name: "Host", value: host }]), ...fields];
  const edits: Edit[] = [];
  const done = new Set<string>();
  const lines = [...head.matchAll(LINE)];
  const authority = host === undefined ? null : ABSOLUTE_FORM.exec(lines[0]?.[0] ?? "");
  if (authority !== null && host !== undefined) {
    const start = authority[1]?.length ?? 0;
    edits.push({ start, end: start + (authority[2]?.length ?? 0), bytes: utf8Bytes(host) });
  }
  for (const { 0: line, index } of lines.slice(1)) {
    const name = line.slice(0, Math.max(line.indexOf(":"), 0)).toLowerCase();
    const change = changes.findLast((each) => each.name.toLowerCase() === name);
    if (change === undefined) continue;
    // The first line of the name gets the value; further lines of the name go.
    const value = done.has(name) ? undefined : change.value;
    done.add(name);
    edits.push({ start: index, end: index + line.length, bytes: lineBytes(change.name, value) });
  }
  const end = head.length - (head.endsWith("\r\n") ? 2 : 1);
  for (const { name, value } of changes)
    if (everywhere.has(name.toLowerCase()) && value !== undefined)
      edits.push({ start: end, end, bytes: lineBytes(name, value) });
  return edits;
}

/** A line with its folded continuation (RFC 9112 §5.2). */
const LINE = /[^\n]*\n(?:[ \t][^\n]*\n)*/g;
const ABSOLUTE_FORM = /^(\S+ [a-z][a-z0-9+.-]*:\/\/(?:[^/?#\s@]*@)?)([^/?#\s]*)/i;

const lineBytes = (name: string, value: string | undefined): Uint8Array =>
  utf8Bytes(value === undefined ? "" : `${name}: ${value}\r\n`);
