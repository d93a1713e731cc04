import { readFileSync } from "node:fs";

/** The bundler puts the version here. */
declare const WIREPANE_VERSION: string | undefined;

export function version(): string {
  if (typeof WIREPANE_VERSION === "string") return WIREPANE_VERSION;
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
