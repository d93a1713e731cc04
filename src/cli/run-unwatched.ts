/**
 * The same as `run.ts`, for a command line that shows and keeps nothing of what happens. The bundler makes a file of its
 * own from it, without the code for that (tools/build.js): to read that code takes a fifth of the start of `http`.
 */
export { run } from "./run.ts";
