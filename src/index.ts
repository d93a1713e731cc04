/** Wirepane: TCP and HTTP you can see. Everything that is public; the parts have entry points of their own. */

export { printable, quote } from "./bytes/text.ts";
export * from "./http.ts";
export * from "./http1.ts";
export * from "./tcp.ts";
export * from "./trace.ts";
