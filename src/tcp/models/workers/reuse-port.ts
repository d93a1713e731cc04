import net from "node:net";

let works: Promise<boolean> | undefined;

/** Whether two sockets may listen on one port here, tried once: Node ≥ 22.12 on Linux; older ones ignore the option. */
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
    // Younger than the types of our oldest Node.
    const options = { host: "127.0.0.1", port, reusePort: true };
    server.listen(options, () => resolve(server));
  });
}
