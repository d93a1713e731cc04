/**
 * The process that keeps a listening socket open while its owner serves one client (see sequential.ts). It never
 * accepts: connections wait in the kernel's backlog. It lends the socket when asked, and ends when its owner ends.
 */
import { type ListeningHandle, sendHandle } from "../../node-internals.ts";

let kept: ListeningHandle | undefined;
let asked = false;

process.on("message", (message: { readonly type: "handle" | "lend" }, handle: unknown) => {
  if (message.type === "handle") kept = handle as ListeningHandle;
  else asked = true;
  const { send } = process;
  if (!asked || kept === undefined || send === undefined) return;
  asked = false;
  sendHandle({ send: send.bind(process) }, kept);
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group of processes. The owner decides when to stop.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
