import type { SystemError } from "./socket-errors.ts";
import { isLinkLocal } from "./zone.ts";

const WORDS: Readonly<Record<string, string>> = {
  EAFNOSUPPORT: "this system does not support addresses of this kind",
  EAGAIN: "the backlog of the server is full",
  ELOOP: "the path leads through too many symbolic links",
  EMFILE: "this process has too many open files",
  ENFILE: "the system has too many open files",
  ENOBUFS: "the system has no memory for another socket",
  ENOMEM: "the system has no memory for another socket",
  ENOTDIR: "a part of the path is not a directory",
  ENOTSOCK: "the file is not a socket",
  EPROTOTYPE: "the socket is not a stream socket",
  EROFS: "the file system is read-only",
};

/** What an error of connect(2) or bind(2) means. An error without words is its code. `host`: the address, unless it is a path. */
export function systemWords({ code = "", message }: SystemError, host?: string): string {
  if (code === "EINVAL" && host !== undefined && isLinkLocal(host)) return zoneWords(host);
  return WORDS[code] ?? (code || message);
}

function zoneWords(host: string): string {
  const [, zone] = host.split("%");
  return zone === undefined
    ? `a link-local address wants the name of an interface, as in ${host}%eth0`
    : `this machine has no interface "${zone}"`;
}
