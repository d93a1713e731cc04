import net from "node:net";

let works: Promise<boolean> | undefined;

/** Whether two sockets can listen on one port. Tried once: Node ≥ 22.12 on Linux can; an older Node ignores the option. */
export function reusePortWorks(): Promise<boolean> {
  works ??= tryIt();
  return works;
}

async function tryIt(): Promise<boolean> {
  const first = await listenOn(0);
  if (first === undefined) return false;
  const second = await listenOn((first.address() as net.AddressInfo).port);
  first.close();
  second?.close();
  return second !== undefined;
}

function listenOn(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    // The types of our oldest Node do not know `reusePort`.
    const options = { host: "127.0.0.1", port, reusePort: true };
    server.listen(options, () => resolve(server));
  });
}
