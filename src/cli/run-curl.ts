/**
 * The same as `run-unwatched.ts`, for `http` and `curl` alone. The bundler makes a file of its own from it, without the
 * other commands: the command line that people type most reads no more than it needs.
 */
export { run } from "./run.ts";
