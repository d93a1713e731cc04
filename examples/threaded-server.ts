// A TCP server for many clients at once. Each worker thread has an event loop of its own and accepts connections;
// one that is busy, or dead, does not hold up the others.
//
//     npm run example -- threaded-server [port] [sequential | event-loop | threads | processes]

import { pathToFileURL } from "node:url";
import { formatAddress, listen, type TcpConnection } from "wirepane";

// The same lines in every model. A function cannot cross over to a thread, but the name of a module can: each
// worker imports this very file and takes its `handler`.
export async function handler(connection: TcpConnection): Promise<void> {
  for await (const chunk of connection) await connection.write(chunk);
}

// Only the program started by you comes this way; the workers want nothing but the handler.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [port = "9000", model = "threads"] = process.argv.slice(2);

  const listener = await listen({
    host: "127.0.0.1",
    port: Number(port),
    model: model as "sequential" | "event-loop" | "threads" | "processes",
    workers: 2,
    handler: { module: import.meta.url },
    onConnection: ({ remote, worker = "main", open }) =>
      console.log(`${formatAddress(remote)} goes to worker ${worker}; ${open} open`),
    onClosed: ({ remote, worker = "main", reason }) =>
      console.log(`${formatAddress(remote)} left worker ${worker} after ${reason.bytesIn} bytes`),
  });

  // How connections get to the workers depends on Node and on the system; the listener says which way it is.
  console.log(`listening on ${formatAddress(listener.address)}: ${listener.model}, ${listener.mechanism}`);

  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => listener.stop({ drainMs: 2_000 }));
}
