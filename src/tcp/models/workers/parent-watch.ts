/** Plain CommonJS, since a thread that begins with a file of ours would load it through the flags of this process. */
const WATCH = `
const parent = require("node:worker_threads").workerData;
let gone = false;
setInterval(() => {
  if (gone) process.kill(process.pid, "SIGKILL");
  gone = process.ppid !== parent;
}, 1000);`;

/**
 * Ends this process at the latest two seconds after its parent, whatever its event loop does.
 *
 * The end of the parent is told by the channel ("disconnect"), but a handler in an endless loop never lets us hear it,
 * and the parent that would have killed us for our silence is gone. Node lets no kernel do that (prctl(2),
 * PR_SET_PDEATHSIG), so a thread looks once a second. The thread costs a process 9 to 18 MB.
 * On Windows libuv ends the children of a process that has ended (a job object).
 */
export function endWithParent(): void {
  if (process.platform === "win32") return;
  try {
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    // Read here: a parent that is killed soon is gone before the thread runs.
    const workerData = process.ppid;
    const thread = new Worker(WATCH, { eval: true, execArgv: [], env: {}, workerData });
    thread.on("error", () => {}); // the system gives no more threads: see below
    thread.unref();
  } catch {
    // Node's flags forbid threads (--permission). A worker that can have none still serves.
  }
}
