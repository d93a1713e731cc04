import net from "node:net";
import { printable } from "../bytes/text.ts";
import type { Address } from "./address.ts";
import { TransportError, type TransportErrorCode } from "./errors.ts";
import { keepAcceptedAlive } from "./node-internals.ts";
import { checkHost } from "./resolve.ts";
import type { SystemError } from "./socket-errors.ts";
import { systemWords } from "./system-words.ts";
import { checkPath, fileAt, hasNoFolder, rememberFile, removeDeadSocket } from "./unix-path.ts";
import { withNamedZone } from "./zone.ts";

export interface BindOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  /** The descriptor of an inherited socket, in place of host, port and path. */
  readonly fd?: number | undefined;
  readonly backlog: number;
  /** TCP keep-alive of accepted connections, after so much silence; 0, the default: none. */
  readonly keepAliveMs?: number;
  /** Several sockets may listen on the port, and the kernel spreads the connections among them. */
  readonly reusePort?: boolean;
  /** Accepted sockets do not read until they are resumed. */
  readonly pauseOnConnect?: boolean;
}

/** A server that listens. It accepts already: add a listener for "connection" at once. @throws {TransportError} */
export async function bind(options: BindOptions): Promise<net.Server> {
  const { path, fd, backlog } = options;
  if (path !== undefined) {
    checkPath(path, "listen");
    await removeDeadSocket(path).catch((error) => {
      throw bindFailure(error, options);
    });
  }
  const host = checkHost(options.host);
  const server = net.createServer({
    allowHalfOpen: true,
    noDelay: true,
    pauseOnConnect: options.pauseOnConnect ?? false,
  });
  // `reusePort` is younger than the types of our oldest Node.
  const name =
    path === undefined
      ? { host: withNamedZone(host) ?? host, port: options.port, reusePort: options.reusePort ?? false }
      : { path };
  const where = fd === undefined ? name : { fd };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: SystemError) => reject(bindFailure(error, options)));
    try {
      server.listen({ ...where, backlog }, () => {
        server.removeAllListeners("error");
        if (options.keepAliveMs) keepAcceptedAlive(server, options.keepAliveMs);
        // To accept a connection may fail (no descriptor is free, say). The server goes on.
        server.on("error", () => {});
        if (path !== undefined) rememberFile(server, path);
        resolve();
      });
    } catch (error) {
      reject(bindFailure(error as SystemError, options));
    }
  });
  return server;
}

export function boundAddress(server: net.Server): Address {
  const address = server.address();
  if (address === null) throw new TransportError("CONNECT_FAILED", "listen", "the server does not listen");
  if (typeof address === "string") return { family: "unix", path: address };
  return { family: address.family === "IPv6" ? "IPv6" : "IPv4", host: address.address, port: address.port };
}

function bindFailure(cause: SystemError, { host, port, path, fd }: BindOptions): TransportError {
  if (fd !== undefined) {
    const message = `cannot listen on descriptor ${fd}: it is not a listening socket of this process (${cause.code})`;
    return new TransportError("ADDRESS_NOT_AVAILABLE", "listen", message, { cause });
  }
  const where =
    path === undefined
      ? printable(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)
      : printable(path);
  const failure = (code: TransportErrorCode, reason: string) =>
    new TransportError(code, "listen", `cannot listen on ${where}: ${reason}`, { cause });
  switch (cause.code) {
    case "EADDRINUSE":
      return failure("ADDRESS_IN_USE", path === undefined ? "the port is in use" : whatIsThere(path));
    case "EACCES":
      // libuv says EACCES where bind(2) says ENOENT.
      if (path !== undefined && hasNoFolder(path)) return failure("ADDRESS_NOT_AVAILABLE", NO_FOLDER);
      return failure(
        "PERMISSION",
        path === undefined && port < 1024 ? "ports below 1024 need privileges" : "permission denied",
      );
    case "EADDRNOTAVAIL":
      return failure("ADDRESS_NOT_AVAILABLE", "this machine does not have that address");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return failure("DNS", `the name cannot be resolved (${cause.code})`);
    case "ERR_SOCKET_BAD_PORT":
      return failure("HOST_INVALID", "a port is a number from 0 to 65535");
    case "ENOENT":
    case "ENOTDIR":
      return failure("ADDRESS_NOT_AVAILABLE", NO_FOLDER);
    default:
      return failure("CONNECT_FAILED", systemWords(cause, path === undefined ? host : undefined));
  }
}

const NO_FOLDER = "there is no such folder";

/** Why nothing can be bound there. bind(2) has one error (EADDRINUSE) for all of these. */
function whatIsThere(path: string): string {
  const file = fileAt(path);
  if (file === undefined || file.isSocket()) return "another server listens there";
  if (file.isDirectory()) return "a folder is there";
  return file.isSymbolicLink() ? "a symbolic link is there" : "a file is there that is no socket";
}
