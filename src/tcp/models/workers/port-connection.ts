import type { MessagePort } from "node:worker_threads";
import type { ConnectionIdentity } from "../../base-connection.ts";
import { TransportError } from "../../errors.ts";
import { MessageConnection, type WireMessage } from "../../message-connection.ts";

/** One end of a connection that crosses to another thread by a message port. */
export function portConnection(port: MessagePort, identity: ConnectionIdentity): MessageConnection {
  const connection = new MessageConnection(identity, {
    post(message) {
      // Each chunk is a copy of its own already: its memory moves instead of being copied again.
      if (message.type === "bytes") port.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
      else port.postMessage(message);
    },
    close: () => port.close(),
    ref: () => port.ref(),
    unref: () => port.unref(),
  });
  port.on("message", (message: WireMessage) => connection.deliver(message));
  port.on("close", () =>
    connection.lost(
      new TransportError("WORKER_LOST", "read", "the worker that handled the connection is gone"),
    ),
  );
  return connection;
}
