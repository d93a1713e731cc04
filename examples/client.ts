// A TCP client. It connects, sends a line, says that it has nothing more to send, and prints what comes back.
//
//     npm run example -- client [port] [words…]     (start the server example first)

import { connect, formatAddress } from "wirepane";

const [port = "9000", ...words] = process.argv.slice(2);
const line = `${words.join(" ") || "hello"}\n`;

try {
  // A name can stand for several addresses: "localhost" often means ::1 and 127.0.0.1. connect() tries them as RFC 8305
  // says. If no address answers, the error names each of them.
  const connection = await connect({ host: "localhost", port: Number(port) });
  console.error(`connected ${formatAddress(connection.local)} → ${formatAddress(connection.remote)}`);

  await connection.write(line);
  // FIN: our direction ends, and the server's stays open. Without the FIN, a server that waits for the end of our bytes
  // and a client that waits for the answer would wait for each other.
  await connection.end();

  for await (const chunk of connection) process.stdout.write(chunk);

  const { bytesOut, bytesIn } = await connection.closed;
  console.error(`sent ${bytesOut} bytes, received ${bytesIn}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
