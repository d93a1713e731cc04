import type net from "node:net";
import { counted } from "../../../bytes/text.ts";
import type { Clock } from "../../clock.ts";
import { TransportError } from "../../errors.ts";
import { familyOf } from "../../network-list.ts";
import { MAX_PROXY_HEADER_BYTES, type ProxyHeader, readProxyHeader } from "../../proxy-header.ts";
import { socketFailure } from "../../socket-errors.ts";

/** Who may say, by a PROXY header, whose connection it is. */
export interface ProxyHeaderOptions {
  /** The proxies: addresses, or networks as `10.0.0.0/8`. Nobody else may connect. */
  readonly from: readonly string[];
}

const HEADER_TIMEOUT_MS = 5_000;

/**
 * Reads the PROXY header of an accepted socket. The next read gives what follows the header.
 *
 * @throws {TransportError} PROXY_HEADER, TIMEOUT_HEAD, PEER_RESET, and closes the socket.
 */
export async function takeProxyHeader(
  socket: net.Socket,
  proxies: net.BlockList,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProxyHeader> {
  const { remoteAddress } = socket;
  let received = Buffer.alloc(0);
  let stop = (): void => {};
  try {
    return await new Promise<ProxyHeader>((resolve, reject) => {
      const onData = (bytes: Buffer): void => {
        received = Buffer.concat([received, bytes]);
        try {
          const header = readProxyHeader(received.subarray(0, MAX_PROXY_HEADER_BYTES));
          if (header) resolve(header);
        } catch (error) {
          reject(error);
        }
      };
      const onEnd = (): void => reject(refused(`the peer ended after ${counted(received.length, "byte")}`));
      const onError = (error: Error): void => reject(socketFailure(error, received.length).error);
      const onAbort = (): void => reject(signal.reason);
      const clear = clock.after(HEADER_TIMEOUT_MS, () => {
        const message = `no PROXY header came within ${HEADER_TIMEOUT_MS / 1000} s`;
        reject(new TransportError("TIMEOUT_HEAD", "proxy", message));
      });
      stop = () => {
        clear();
        socket.off("data", onData).off("end", onEnd).off("error", onError);
        signal.removeEventListener("abort", onAbort);
      };
      socket.on("error", onError);
      signal.addEventListener("abort", onAbort);
      if (remoteAddress === undefined || !proxies.check(remoteAddress, familyOf(remoteAddress))) {
        reject(refused("the peer is not one of our proxies"));
      }
      socket.on("data", onData).on("end", onEnd);
    }).then((header) => {
      socket.pause();
      const rest = received.subarray(header.length);
      if (rest.length > 0) socket.unshift(rest);
      return header;
    });
  } catch (error) {
    socket.on("error", () => {}).destroy();
    throw error;
  } finally {
    stop();
  }
}

function refused(what: string): TransportError {
  return new TransportError("PROXY_HEADER", "proxy", `a PROXY header was expected: ${what}`);
}
