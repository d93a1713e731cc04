/** Wirepane: TCP and HTTP you can see. Everything that is public; the parts have entry points of their own. */
export * from "./http.ts";
export * from "./http1.ts";
export * from "./tcp.ts";
