import { readdirSync, readlinkSync } from "node:fs";

/** The working folder of a process that has this socket open, where the kernel tells (Linux, processes of ours). */
export function workingFolderOf(socketInode: string): string | undefined {
  const wanted = `socket:[${socketInode}]`;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const descriptors = readdirSync(`/proc/${pid}/fd`);
      if (descriptors.some((fd) => linkTarget(`/proc/${pid}/fd/${fd}`) === wanted))
        return readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      // gone by now, or a process of another user
    }
  }
  return undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // closed by now
  }
}
