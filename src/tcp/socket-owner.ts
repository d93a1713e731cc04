import { readdirSync, readlinkSync } from "node:fs";

/** The working folder of the process that has this socket open. Only Linux tells, and only of processes of this user. */
export function workingFolderOf(socketInode: string): string | undefined {
  const wanted = `socket:[${socketInode}]`;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const descriptors = readdirSync(`/proc/${pid}/fd`);
      if (descriptors.some((fd) => linkTarget(`/proc/${pid}/fd/${fd}`) === wanted))
        return readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      // The process is gone, or belongs to another user.
    }
  }
  return undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // the descriptor was closed
  }
}
