import { joined } from "../bytes/copy.ts";
import type { CodeRequest } from "../trace/code/request.ts";
import { ExchangeReader } from "../trace/exchanges.ts";
import { GrammarReader } from "../trace/grammar-reader.ts";
import { TRACE_VERSION } from "../trace/record.ts";
import { type Changes, changesOf, editedBytes, editsOf, missingEverywhere } from "./request-edits.ts";
import type { Script, ScriptConversation } from "./script.ts";

/** What a client sends in one conversation, after changes. */
export interface SentConversation {
  /** The conversation of the recording. */
  readonly conversation: ScriptConversation;
  /** All bytes that its client sends. */
  readonly bytes: Uint8Array;
  /** The requests in the bytes. None: they are no HTTP. */
  readonly requests: readonly CodeRequest[];
}

/** What a replay with these changes would send. */
export function sentBy(
  script: Script,
  options: { readonly fields?: readonly (readonly [string, string | undefined])[]; readonly host?: string },
): SentConversation[] {
  const changes: Changes = changesOf(options);
  const everywhere = missingEverywhere(script, changes);
  return script.map((conversation) => {
    const edits = editsOf(conversation, changes, everywhere);
    const bytes = joined(conversation.steps.map((step) => editedBytes(step, edits)));
    return { conversation, bytes, requests: conversation.exchanges.length === 0 ? [] : requestsIn(bytes) };
  });
}

function requestsIn(bytes: Uint8Array): CodeRequest[] {
  const requests: CodeRequest[] = [];
  const reader = new ExchangeReader({
    onExchange({ request }) {
      if (request === undefined) return;
      const { method, target, version, fields, content } = request;
      requests.push({ method, target, version, fields, content: joined(content) });
    },
  });
  const common = { v: TRACE_VERSION, t: 0, connection: 1, role: "client" } as const;
  new GrammarReader((record) => reader.add(record)).add({
    ...common,
    type: "bytes",
    direction: "out",
    offset: 0,
    bytes,
  });
  reader.end();
  return requests;
}
