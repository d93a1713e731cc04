import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A listening socket in the kernel's tables. */
export interface ListeningSocket {
  readonly host: string;
  /** The process that has the socket open, if we may know. */
  readonly process: string | undefined;
}

const LISTEN = "0A";

/** The sockets that listen on a port, from the kernel's tables. `undefined`: there are no tables (only Linux has them). */
export function listenersOn(port: number): readonly ListeningSocket[] | undefined {
  const rows = ["tcp", "tcp6"].map((table) => contentOf(`/proc/net/${table}`));
  if (rows[0] === undefined) return undefined;
  const found = rows.flatMap((table) => listening(table ?? "", port));
  if (found.length === 0) return [];
  const owners = ownersOf(new Set(found.map(({ inode }) => inode)));
  return found.map(({ host, inode }) => ({ host, process: owners.get(inode) }));
}

function listening(table: string, port: number): { readonly host: string; readonly inode: string }[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [host = "", portHex = ""] = local.split(":");
      if (state !== LISTEN || Number.parseInt(portHex, 16) !== port) return [];
      return [{ host: hostOf(host), inode }];
    });
}

/** The kernel prints an address as 32-bit words in the byte order of the machine. */
function hostOf(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  if (process.getBuiltinModule("node:os").endianness() === "LE") bytes.swap32();
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** The process of each socket. Only root may look into the processes of other users. */
function ownersOf(inodes: ReadonlySet<string>): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of namesIn(`/proc/${pid}/fd`)) {
      const [, inode = ""] = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${descriptor}`)) ?? [];
      if (!inodes.has(inode)) continue;
      const name = contentOf(`/proc/${pid}/comm`)?.trim() ?? "a process";
      const others = owners.get(inode);
      const owner = `${name} (pid ${pid})`;
      if (others === undefined) owners.set(inode, owner);
      else if (!others.includes(owner)) owners.set(inode, `${others}, ${owner}`);
    }
  }
  return owners;
}

// A process may end while we look, or may be closed to us: both count as not there.
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}
