import { atExit } from "./at-exit.ts";
import { Home } from "./home.ts";
import { hookSockets } from "./hooks.ts";
import { isFirst, sayFault } from "./once.ts";

/** Tells the process at `path` what the sockets of this thread do. If it is gone, nothing is watched. */
export function watchForParent(path: string): void {
  if (!isFirst()) return;
  let takeOff = (): void => {};
  const home = new Home(path, () => takeOff());
  if (home.isLost) return;
  takeOff = hookSockets(() => home.observe(), sayFault);
  atExit(() => home.end());
}
