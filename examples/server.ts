// A TCP server. It accepts a connection, sends back every byte that arrives on it, and serves one client at a
// time: the next one waits in the kernel's backlog until this one is done.
//
//     npm run example -- server [port]              and then, in another terminal:
//     npm run example -- client [port] hello

import { formatAddress, listen, type TcpConnection } from "wirepane";

const port = Number(process.argv[2] ?? 9000);

async function echo(connection: TcpConnection): Promise<void> {
  // TCP is a stream of bytes, not of messages. Bytes that the client wrote at once may arrive in two chunks, and bytes
  // of two writes in one chunk. An echo need not care. Awaiting the write is backpressure: while the client does not
  // read, we do not read either, and no bytes pile up here.
  for await (const chunk of connection) await connection.write(chunk);
  // The client has ended its direction (FIN). We end ours when this function returns.
}

const listener = await listen({
  host: "127.0.0.1",
  port,
  model: "sequential",
  handler: { run: echo },
  onConnection: ({ id, remote }) => console.log(`#${id} opened by ${formatAddress(remote)}`),
  onClosed: ({ id, reason }) => console.log(`#${id} closed after ${reason.bytesIn} bytes (${reason.how})`),
}).catch((error) => {
  console.error(error.message); // for example: the port is in use
  process.exit(1);
});

console.log(`listening on ${formatAddress(listener.address)}, one client at a time; Ctrl-C ends it`);

// Ctrl-C: accept no new client, let the conversations end, and only then exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => listener.stop({ drainMs: 2_000 }));
