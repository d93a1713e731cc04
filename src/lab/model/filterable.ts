import type { Filterable } from "../../browser.ts";
import type { Conversation } from "./conversation.ts";
import type { Exchange } from "./exchanges.ts";

/** What the filter language asks of a conversation: of each of its exchanges, or of itself if it has none. */
export function filterableOf(conversation: Conversation): Filterable[] {
  const { exchanges } = conversation;
  return exchanges.length === 0
    ? [itemOf(conversation, undefined)]
    : exchanges.map((exchange) => itemOf(conversation, exchange));
}

function itemOf(conversation: Conversation, exchange: Exchange | undefined): Filterable {
  const request = exchange?.request;
  const response = exchange?.response;
  return {
    number: conversation.id,
    kind: conversation.kind,
    state: conversation.state,
    roles: Object.values(conversation.ends).map(({ role }) => role),
    host: request?.fields.find(([name]) => name.toLowerCase() === "host")?.[1] ?? conversation.host,
    method: request?.method,
    target: request?.target,
    status: response?.status,
    bytes: conversation.bytes,
    durationMs: conversation.durationMs,
    error: conversation.error,
    via: conversation.proxied ? ["proxy"] : [],
    faults: [...conversation.faults],
    fields: [...(request?.fields ?? []), ...(response?.fields ?? [])],
    get text() {
      return textOf(conversation);
    },
  };
}

/** As much of the bytes as a search looks at. */
const MAX_TEXT_BYTES = 64 * 1024;

function textOf({ records, viewpoint }: Conversation): string {
  let text = "";
  for (const record of records) {
    if (record.type !== "bytes" || record.connection !== viewpoint.connection) continue;
    text += String.fromCharCode(...record.bytes.subarray(0, 4096));
    if (text.length > MAX_TEXT_BYTES) break;
  }
  return text;
}
