import type { ByteSink, CloseReason, TcpConnection } from "../connection.ts";

/**
 * Sends back what it receives, until the peer ends. The same lines run in every concurrency model.
 *
 * They use the synchronous interface, which saves a copy and a promise for each chunk. With promises this would be:
 *
 *     for await (const chunk of connection) await connection.write(chunk);
 */
export function handler(connection: TcpConnection): Promise<CloseReason> {
  connection.attach(new Echo(connection));
  return connection.closed;
}

class Echo implements ByteSink {
  readonly #connection: TcpConnection;

  constructor(connection: TcpConnection) {
    this.#connection = connection;
  }

  onBytes(bytes: Uint8Array): void {
    if (!this.#connection.send(bytes)) this.#connection.pause();
  }

  onDrain(): void {
    this.#connection.resume();
  }

  onEnd(): void {
    void this.#connection.end();
  }

  onClose(): void {}
}
