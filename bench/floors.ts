/** What Node's sockets allow a server: read into one buffer, without a stream. Not documented for accepted sockets. */

import net, { type AddressInfo } from "node:net";

/** Calls `receive` with what every accepted socket reads; the bytes change with the next read. */
export function serveByOnread(receive: (socket: net.Socket, bytes: Buffer) => void): Promise<number> {
  const buffer = Buffer.alloc(65_536); // for all: what was read is used before the next is
  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
    const { _handle: handle } = accepted as net.Socket & { _handle: object | null };
    (accepted as { _handle?: object | null })._handle = null;
    const callback = (length: number) => {
      receive(socket, buffer.subarray(0, length));
      return true;
    };
    const options = { handle, onread: { buffer, callback } };
    const socket = new net.Socket(options as net.SocketConstructorOpts);
    socket.on("error", () => socket.destroy());
    socket.resume();
  });
  return listening(server);
}

/** Listens on a free port of loopback, and says which. */
export function listening(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
