import type { Settings } from "./settings.ts";

/** Something else was done in place of sending the request. No failure: the transfer ends here. */
export class NotSent extends Error {}

/** The option that wants the request shown, or the octets of a file sent in its place. */
export function previewOf(settings: Settings): "dry-run" | "to-curl" | "to-fetch" | "from" | undefined {
  const last = settings.last("dry-run", "to-curl", "to-fetch", "from");
  return last?.on ? (last.name as "dry-run") : undefined;
}
