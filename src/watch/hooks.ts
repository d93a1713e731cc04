import net from "node:net";
import type { Address } from "../tcp/address.ts";
import { BELOW } from "../tcp/below.ts";
import type { TcpObserver } from "../tcp/observer.ts";
import type { SystemError } from "../tcp/socket-errors.ts";
import { type Addresses, type Counts, SocketWatch } from "./socket-watch.ts";
import { type Chunk, type Written, writtenBytes } from "./written-bytes.ts";

/*
 * The one file of watch/ that touches what Node does not document. It was read against Node 20, 22, 24 and 26.
 *
 * All bytes of a socket pass few methods of `net.Socket.prototype`, which TLS sockets inherit:
 *
 *     kernel or TLS ──> push(bytes), push(null)     or the callback of `onread`
 *     program       ──> _writeGeneric, _final  ──>  kernel or TLS
 *                       connect, _reset, _destroy
 *
 * Each is replaced by a function that tells the watch and then calls the original. Four more things are needed:
 *
 * - `net.Server.prototype.emit("connection")` is where an accepted socket is first seen. `node:http` would read it inside
 *   C++, past all hooks, unless its handle says that somebody does so already (`_consumed`).
 * - While a socket connects, it has an `emit` of its own, which hears of names, attempts and the connection before the
 *   program does. A listener would be counted by `listenerCount`.
 * - A TLS socket takes the bytes from the socket below, so it takes over that socket's watch, too.
 *
 * - `child.send(message, socket)` takes the handle out of the socket and then turns its timer off: there we hear of it.
 *
 * What Node lacks is left out. A fault of ours takes the hooks off: the program never sees it.
 */

/** What we use of a socket that Node keeps to itself. */
interface Socket extends net.Socket {
  _handle?: Handle | null;
  /** The socket below a TLS socket. */
  readonly _parent?: Socket | null;
  readonly server?: net.Server | null;
  readonly encrypted?: boolean;
  readonly _tlsOptions?: { readonly isServer?: boolean };
  getProtocol?(): string | null;
  getCipher?(): { readonly name: string } | undefined;
  [key: symbol]: unknown;
}

interface Handle {
  _consumed?: boolean;
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  /** Below TLS: Node's wrapper of a stream that is no socket. */
  readonly _parentWrap?: { readonly stream?: object } | null;
  getsockname?(out: Place): number;
  getpeername?(out: Place): number;
  getALPNNegotiatedProtocol?(): string | false | undefined;
}

interface Place {
  readonly address?: string;
  readonly port?: number;
}

type Method<This, Args extends unknown[]> = (this: This, ...args: Args) => unknown;

/**
 * Observes every socket that this thread opens or accepts from now on. `observe` is called once for each connection; its
 * observer is told what an observer of our own connections is told. Over TLS it sees the bytes inside the encryption.
 *
 * Returns a function that takes the hooks off. `onFault` hears once that an observer threw, or that Node is not as we know
 * it: the hooks are off by then, and the program goes on.
 */
export function hookSockets(
  observe: (role: "client" | "server") => TcpObserver | undefined,
  onFault: (error: unknown) => void = () => {},
): () => void {
  const hooks = new SocketHooks(observe, onFault);
  hooks.putOn();
  return () => hooks.takeOff();
}

class SocketHooks {
  readonly #observe: (role: "client" | "server") => TcpObserver | undefined;
  readonly #onFault: (error: unknown) => void;
  /** `null`: nobody watches this socket. */
  readonly #watches = new WeakMap<object, SocketWatch | null>();
  readonly #undo: (() => void)[] = [];
  #on = true;
  #tlsIsHooked = false;

  constructor(
    observe: (role: "client" | "server") => TcpObserver | undefined,
    onFault: (error: unknown) => void,
  ) {
    this.#observe = observe;
    this.#onFault = onFault;
  }

  putOn(): void {
    const socket = net.Socket.prototype;
    this.#patch<Socket, unknown[]>(socket, "connect", (args, self) => this.#connects(self, args));
    this.#patch<Socket, [Chunk]>(socket, "push", ([chunk], self) => this.#pushed(self, chunk));
    this.#patch<Socket, []>(socket, "_read", (_, self) => this.#reads(self));
    this.#patch<Socket, [boolean, Written, BufferEncoding]>(socket, "_writeGeneric", (args, self) =>
      this.#writes(self, args[1], args[2]),
    );
    this.#patch<Socket, []>(socket, "_final", (_, self) => {
      if (!self.connecting && self._handle) this.#watchOf(self)?.end(self);
    });
    this.#patch<Socket, []>(socket, "_reset", (_, self) => this.#watches.get(self)?.abort());
    this.#patch<Socket, [SystemError | null]>(socket, "_destroy", ([error], self) => {
      this.#leaves(self);
      this.#watches.get(self)?.closed(self, error ?? undefined, countsOf(self));
    });
    this.#patch<Socket, [number]>(socket, "setTimeout", (_, self) => this.#leaves(self));
    this.#patch<net.Server, [string, Socket]>(net.Server.prototype, "emit", ([event, accepted], server) => {
      if (event === "connection") this.#accepted(accepted, server);
    });
  }

  takeOff(): void {
    this.#on = false;
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** Calls `before` ahead of the method, and `after` behind it. A method that this Node lacks stays away. */
  #patch<This extends object, Args extends unknown[]>(
    owner: object,
    name: string,
    before: (args: Args, self: This) => void,
    after?: (self: This) => void,
  ): void {
    const methods = owner as Record<string, Method<This, Args> | undefined>;
    const original = methods[name];
    if (typeof original !== "function") return;
    const own = Object.getOwnPropertyDescriptor(owner, name);
    const hooks = this;
    const hook: Method<This, Args> = function (...args) {
      if (hooks.#on) {
        try {
          before(args, this);
        } catch (error) {
          hooks.#fault(error);
        }
      }
      const returned = original.apply(this, args);
      if (after !== undefined && hooks.#on) {
        try {
          after(this);
        } catch (error) {
          hooks.#fault(error);
        }
      }
      return returned;
    };
    Object.defineProperty(hook, "name", { value: original.name, configurable: true });
    Object.defineProperty(hook, "length", { value: original.length, configurable: true });
    methods[name] = hook;
    this.#undo.push(() => {
      // Somebody else has put a function around ours: ours stays, and does nothing.
      if (methods[name] !== hook) return;
      if (own === undefined) delete methods[name];
      else Object.defineProperty(owner, name, own);
    });
  }

  #fault(error: unknown): void {
    if (!this.#on) return;
    this.takeOff();
    try {
      this.#onFault(error);
    } catch {
      // The program must not notice, whatever becomes of our report.
    }
  }

  #begin(socket: Socket, role: "client" | "server"): SocketWatch | null {
    const observer = this.#observe(role);
    const watch = observer === undefined ? null : new SocketWatch(socket, observer);
    this.#watches.set(socket, watch);
    if (watch !== null) this.#watchOnRead(socket);
    return watch;
  }

  /**
   * The watch of a socket. Only a socket that nothing was read from or written to is new. Any other one was open before
   * the hooks were put on: to tell of its second half would mislead.
   */
  #watchOf(socket: Socket): SocketWatch | null | undefined {
    const known = this.#watches.get(socket);
    if (known !== undefined) return known;
    const handle = socket._handle;
    if (!handle) return undefined;
    if (socket.encrypted === true) return this.#secures(socket, handle);
    if (socket.connecting) return undefined;
    // A pipe may be the stdin of a child, a terminal certainly is.
    if (handle.constructor.name !== "TCP" || handle.bytesRead || handle.bytesWritten) {
      this.#watches.set(socket, null);
      return null;
    }
    return this.#accepted(socket);
  }

  #accepted(socket: Socket, server?: net.Server): SocketWatch | null {
    // `emit("connection")` may be given any stream.
    const handle = socket instanceof net.Socket ? socket._handle : undefined;
    if (!handle) return null;
    let watch = this.#watches.get(socket);
    // The pipe of a server was seen before, in its constructor, where it could be any pipe.
    if (watch === undefined || (watch === null && server !== undefined)) {
      const addresses = addressesOf(handle, pathOf(server));
      if (addresses === undefined) return null;
      watch = this.#begin(socket, "server");
      watch?.opened("accepted", addresses);
    }
    if (watch) handle._consumed = true;
    return watch;
  }

  #connects(socket: Socket, args: readonly unknown[]): void {
    if (this.#watches.get(socket)?.isOver === false) return;
    if (socket.encrypted === true) this.#hookTls(socket);
    const watch = this.#begin(socket, "client");
    if (watch === null) return;
    if (socket.encrypted === true) watch.secures(socket);
    this.#hearConnecting(socket, watch, pathOfConnect(args));
  }

  /** An `emit` of its own for a socket that connects. */
  #hearConnecting(socket: Socket, watch: SocketWatch, path: string | undefined): void {
    const hooks = this;
    const own = socket as unknown as { emit: Method<Socket, [string, ...unknown[]]> };
    const { emit } = own;
    const hearing: typeof emit = function (...args) {
      const [event] = args;
      if ((event === "connect" || event === "close") && own.emit === hearing) own.emit = emit;
      if (hooks.#on) {
        try {
          hooks.#hears(socket, watch, path, args);
        } catch (error) {
          hooks.#fault(error);
        }
      }
      return emit.apply(this, args);
    };
    Object.defineProperty(socket, "emit", {
      value: hearing,
      configurable: true,
      writable: true,
      enumerable: false,
    });
  }

  #hears(socket: Socket, watch: SocketWatch, path: string | undefined, event: readonly unknown[]): void {
    switch (event[0]) {
      case "lookup": {
        const [, error, address, , host] = event;
        if (!error) watch.resolved(String(host), String(address));
        return;
      }
      case "connectionAttempt":
        watch.attempt(placeOf(event[1], event[2], path));
        return;
      case "connectionAttemptFailed":
        watch.attemptFailed(placeOf(event[1], event[2], path), messageOf(event[4]));
        return;
      case "connectionAttemptTimeout":
        watch.attemptFailed(
          placeOf(event[1], event[2], path),
          "no answer in time: the next address is tried",
        );
        return;
      case "connect": {
        const addresses = addressesOf(socket._handle, path);
        if (addresses) watch.opened("connected", addresses);
      }
    }
  }

  #pushed(socket: Socket, chunk: Chunk): void {
    const watch = this.#watchOf(socket);
    if (!watch) return;
    if (chunk === null) watch.peerEnd(socket);
    else if (typeof chunk !== "string") watch.read(socket, chunk);
  }

  /** A socket that is open and has lost its handle was given away. */
  #leaves(socket: Socket): void {
    if (!socket._handle) this.#watches.get(socket)?.handedOver(socket);
  }

  /** The first read of a socket shows sockets that no server has emitted. */
  #reads(socket: Socket): void {
    if (!socket.connecting && !this.#watches.has(socket)) this.#watchOf(socket);
  }

  #writes(socket: Socket, data: Written, encoding: BufferEncoding): void {
    // A socket that connects calls again when it is open.
    if (socket.connecting || !socket._handle) return;
    const watch = this.#watchOf(socket);
    if (watch?.top !== socket) return;
    watch.write(writtenBytes(data, encoding));
  }

  /** A TLS socket that was not connected by itself: it has a socket below it. */
  #secures(socket: Socket, handle: Handle): SocketWatch | null | undefined {
    this.#hookTls(socket);
    const below = socketBelow(socket, handle);
    const watch = below && this.#watchOf(below);
    // The socket below may still connect.
    if (watch === undefined && below !== undefined) return undefined;
    this.#watches.set(socket, watch ?? null);
    if (!watch) return null;
    handle._consumed = true;
    watch.secures(socket);
    this.#watchOnRead(socket);
    return watch;
  }

  /** To load `node:tls` takes time, so its prototype comes from the first TLS socket. */
  #hookTls(socket: Socket): void {
    if (this.#tlsIsHooked) return;
    this.#tlsIsHooked = true;
    let owner: object | null = socket;
    while (owner !== null && !Object.hasOwn(owner, "_finishInit")) owner = Object.getPrototypeOf(owner);
    if (owner === null) return;
    this.#patch<Socket, []>(
      owner,
      "_finishInit",
      (_, self) => this.#secured(self),
      (self) => this.#watches.get(self)?.trusted(),
    );
    this.#patch<Socket, []>(owner, "_start", (_, self) => this.#watchOf(self));
  }

  #secured(socket: Socket): void {
    const handle = socket._handle;
    const watch = this.#watchOf(socket);
    if (!handle || watch?.top !== socket) return;
    // The handle of a socket that connected by itself is new for each attempt.
    handle._consumed = true;
    watch.secured({
      protocol: socket.getProtocol?.() ?? "TLS",
      cipher: socket.getCipher?.()?.name ?? "unknown",
      alpn: handle.getALPNNegotiatedProtocol?.() || undefined,
    });
  }

  /** With `onread`, a socket reads into memory of the program and pushes nothing: Node calls a callback. */
  #watchOnRead(socket: Socket): void {
    for (const key of Object.getOwnPropertySymbols(socket)) {
      if (key.description !== "kBufferCb") continue;
      const callback = socket[key];
      if (typeof callback !== "function") return;
      const hooks = this;
      socket[key] = function (this: Socket, length: number, memory: Uint8Array) {
        if (hooks.#on) hooks.#readInto(socket, memory.subarray(0, length));
        return callback.call(this, length, memory);
      };
    }
  }

  #readInto(socket: Socket, bytes: Uint8Array): void {
    try {
      this.#watches.get(socket)?.read(socket, bytes);
    } catch (error) {
      this.#fault(error);
    }
  }
}

/** The socket that a TLS socket took its bytes from. */
function socketBelow(socket: Socket, handle: Handle): Socket | undefined {
  if (socket._parent) return socket._parent;
  const stream = handle._parentWrap?.stream as { readonly [BELOW]?: Socket } | undefined;
  return stream?.[BELOW];
}

/** The bytes that passed through a socket. A TLS socket counts those inside the encryption. */
function countsOf(socket: Socket): Counts | undefined {
  const handle = socket._handle;
  if (!handle) return undefined;
  return { bytesIn: handle.bytesRead ?? 0, bytesOut: handle.bytesWritten ?? 0 };
}

/** From the handle: the getters of a socket would keep what they found, and show it after the end, too. */
function addressesOf(handle: Handle | null | undefined, path: string | undefined): Addresses | undefined {
  if (path !== undefined) {
    const unix: Address = { family: "unix", path };
    return { local: unix, remote: unix };
  }
  const local: Place = {};
  const remote: Place = {};
  if (!handle?.getsockname || !handle.getpeername) return undefined;
  if (handle.getsockname(local) !== 0 || handle.getpeername(remote) !== 0) return undefined;
  return { local: placeOf(local.address, local.port), remote: placeOf(remote.address, remote.port) };
}

function placeOf(address: unknown, port: unknown, path?: string): Address {
  if (path !== undefined) return { family: "unix", path };
  // A server on `::` sees IPv4 clients so (RFC 4291 §2.5.5.2). The client sees IPv4, and both are one conversation.
  const host = String(address).replace(/^::ffff:(?=\d+\.)/i, "");
  return { family: host.includes(":") ? "IPv6" : "IPv4", host, port: Number(port) };
}

/** The path of a server of a Unix socket. */
function pathOf(server: net.Server | undefined): string | undefined {
  const address = server?.address();
  return typeof address === "string" ? address : undefined;
}

/** The path in the arguments of `connect`: a path, options, or what `net.connect` made of them. */
function pathOfConnect(args: readonly unknown[]): string | undefined {
  let first = args[0];
  if (Array.isArray(first)) first = first[0];
  if (typeof first === "string" && !(Number(first) >= 0)) return first;
  const path = (first as { readonly path?: unknown } | null | undefined)?.path;
  return typeof path === "string" ? path : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
