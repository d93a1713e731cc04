import { lstatSync, unlinkSync } from "node:fs";
import net from "node:net";
import { printable } from "../bytes/text.ts";
import type { Address } from "./address.ts";
import { TransportError, type TransportErrorCode } from "./errors.ts";
import { keepAcceptedAlive } from "./node-internals.ts";
import { checkHost } from "./resolve.ts";
import type { SystemError } from "./socket-errors.ts";

export interface BindOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  /** A socket that was inherited, in place of all the others. */
  readonly fd?: number | undefined;
  /** Where the file of a Unix socket is made, when it is moved to `path` afterwards. */
  readonly bindPath?: string;
  readonly backlog: number;
  /** TCP keep-alive of what is accepted, after so much silence; 0, the default: none. */
  readonly keepAliveMs?: number;
  /** Several sockets on one port, among which the kernel spreads the connections. */
  readonly reusePort?: boolean;
  /** Accepted sockets do not read until they are resumed. */
  readonly pauseOnConnect?: boolean;
}

/** A server that listens. It accepts, but nobody is told until "connection" has a listener. @throws {TransportError} */
export async function bind(options: BindOptions): Promise<net.Server> {
  const { path, fd, backlog } = options;
  if (path !== undefined) {
    await removeStaleSocket(path).catch((error) => {
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
      ? { host, port: options.port, reusePort: options.reusePort ?? false }
      : { path: options.bindPath ?? path };
  const where = fd === undefined ? name : { fd };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: SystemError) => reject(bindFailure(error, options)));
    try {
      server.listen({ ...where, backlog }, () => {
        server.removeAllListeners("error");
        if (options.keepAliveMs) keepAcceptedAlive(server, options.keepAliveMs);
        // Accepting failed once (out of descriptors, say); the server goes on.
        server.on("error", () => {});
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
    const message = `cannot listen on descriptor ${fd}: it is no socket that was handed to this process (${cause.code})`;
    return new TransportError("ADDRESS_NOT_AVAILABLE", "listen", message, { cause });
  }
  const where =
    path === undefined ? printable(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`) : path;
  const failure = (code: TransportErrorCode, reason: string) =>
    new TransportError(code, "listen", `cannot listen on ${where}: ${reason}`, { cause });
  switch (cause.code) {
    case "EADDRINUSE":
      return failure(
        "ADDRESS_IN_USE",
        path === undefined ? "the port is in use" : "another server listens there",
      );
    case "EACCES":
      return failure(
        "PERMISSION",
        path === undefined && port < 1024 ? "ports below 1024 need privileges" : "permission denied",
      );
    case "EADDRNOTAVAIL":
      return failure("ADDRESS_NOT_AVAILABLE", "that address is not one of this machine");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return failure("DNS", `the name cannot be resolved (${cause.code})`);
    case "ERR_SOCKET_BAD_PORT":
      return failure("HOST_INVALID", "a port is a number from 0 to 65535");
    case "ENOENT":
      return failure("ADDRESS_NOT_AVAILABLE", "there is no such directory");
    default:
      return failure("CONNECT_FAILED", cause.code ?? cause.message);
  }
}

/** A server that was killed leaves its socket file behind. It goes only if it is a socket and nobody answers there. */
async function removeStaleSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error: SystemError) => resolve(error.code === "ECONNREFUSED"));
  });
  if (refused) unlinkSync(path);
}
