/** What Node's sockets allow a server: to read into one buffer, without a stream. Undocumented for accepted sockets. */

import net, { type AddressInfo } from "node:net";

/** Calls `receive` with what every accepted socket reads. The next read overwrites the bytes. */
export function serveByOnread(receive: (socket: net.Socket, bytes: Buffer) => void): Promise<number> {
  const buffer = Buffer.alloc(65_536); // one buffer for all sockets: the bytes are used before the next read
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

/** Listens on a free port of loopback, and returns the port. */
export function listening(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
