import type { ByteSink, TcpConnection } from "./connection.ts";

/**
 * Joins two connections: what one receives, the other sends, at the pace of the slower one. A half-close (FIN) and a
 * reset (RST) of one end are passed on to the other.
 */
export function relay(a: TcpConnection, b: TcpConnection): void {
  a.attach(forward(a, b));
  b.attach(forward(b, a));
}

function forward(from: TcpConnection, to: TcpConnection): ByteSink {
  return {
    onBytes(bytes) {
      if (!to.send(bytes)) from.pause();
    },
    onDrain: () => to.resume(),
    onEnd: () => void to.end(),
    onClose({ how, error }) {
      if (how === "end") void to[Symbol.asyncDispose]();
      else to.abort(error);
    },
  };
}
