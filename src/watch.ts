import { watchThisProgram } from "./watch/start.ts";

/** Every connection of a Node program that is not ours. Loaded first (`--import wirepane/watch`), it watches the program. */
export { hookSockets } from "./watch/hooks.ts";
export { preloadOption } from "./watch/preload-option.ts";
export { type Receiver, receiveFromPrograms } from "./watch/receiver.ts";
export { watchThisProgram } from "./watch/start.ts";

if (isPreloaded()) watchThisProgram();

/** Whether Node loads this module ahead of the program. A program may import it for its names alone. */
function isPreloaded(): boolean {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  return /\bwirepane\/watch\b|\bwatch\.[jt]s\b/.test(options);
}
