/**
 * The same as `run.ts`, for a command line that shows and keeps nothing of what happens, of every command but `http`. The
 * bundler makes a file of its own from it, without the code for that (tools/build.js).
 */
export { run } from "./run.ts";
