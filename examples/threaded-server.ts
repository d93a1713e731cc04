// A TCP server for many clients at once. Each worker thread has an event loop of its own and accepts connections. A
// worker that is busy or dead does not hold up the others.
//
//     npm run example -- threaded-server [port] [sequential | event-loop | threads | processes]

import { pathToFileURL } from "node:url";
import { formatAddress, listen, type ModelName, type TcpConnection } from "wirepane";

// These lines are the same in every model. A function cannot be sent to a thread, but the name of a module can: each
// worker imports this file and uses its `handler`.
export async function handler(connection: TcpConnection): Promise<void> {
  for await (const chunk of connection) await connection.write(chunk);
}

async function main([port = "9000", model = "threads"]: string[]): Promise<void> {
  const listener = await listen({
    host: "127.0.0.1",
    port: Number(port),
    model: model as ModelName,
    workers: 2,
    handler: { module: import.meta.url },
    onConnection: ({ remote, worker = "main", open }) =>
      console.log(`${formatAddress(remote)} goes to worker ${worker}; ${open} open`),
    onClosed: ({ remote, worker = "main", reason }) =>
      console.log(`${formatAddress(remote)} left worker ${worker} after ${reason.bytesIn} bytes`),
  });

  // How connections get to the workers depends on Node and on the system. The listener says which way it uses.
  console.log(`listening on ${formatAddress(listener.address)}: ${listener.model}, ${listener.mechanism}`);

  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => listener.stop({ drainMs: 2_000 }));
}

// Only the program that you start runs this part: workers need only the handler. There is no top-level await here: the
// models without workers import this module as well, and an import waits until the module has run.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
