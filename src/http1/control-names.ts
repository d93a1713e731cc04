const CONTROLS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "transfer-encoding",
  "upgrade",
]);
const LONGEST = "transfer-encoding".length;

/** Whether a field of this name says how its message ends, or how the connection goes on. */
export const isControl = (name: string): boolean =>
  name.length <= LONGEST && CONTROLS.has(name.toLowerCase());
