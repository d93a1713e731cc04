import type net from "node:net";
import { type Address, formatAddress } from "./address.ts";
import { nowMs } from "./clock.ts";
import { type ConnectAttempt, TransportError, type TransportErrorCode } from "./errors.ts";
import { observe, type TcpObserver } from "./observer.ts";
import type { SystemError } from "./socket-errors.ts";
import { systemWords } from "./system-words.ts";

export interface RaceOptions {
  readonly attemptDelayMs: number;
  /** Aborted with a TransportError as its reason. */
  readonly signal: AbortSignal;
  readonly observer: TcpObserver | undefined;
  /** The address to connect from, if the caller chose one. */
  readonly localAddress?: string | undefined;
  /** The local ports that are taken if this one is. The port of the attempt by default. */
  readonly localPorts?: readonly [first: number, last: number] | undefined;
}

/**
 * Happy Eyeballs (RFC 8305 §5): one address after the other, `attemptDelayMs` apart and at once when one fails,
 * without giving up on those under way. The first that connects wins, the others are destroyed.
 *
 *     [::1]:80      |----------- silent ----------->  destroyed
 *     10.0.0.1:80       |--- refused
 *     10.0.0.2:80           |-------- connected: the winner
 *
 * @throws {TransportError} with one entry in `attempts` for every address that was tried.
 */
export function raceAddresses(
  addresses: readonly Address[],
  target: string,
  open: (address: Address) => net.Socket,
  { attemptDelayMs, signal, observer, localAddress, localPorts }: RaceOptions,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const failures: Failure[] = [];
    const underWay = new Map<net.Socket, { readonly address: Address; readonly startedAt: number }>();
    let nextIndex = 0;
    let timer: NodeJS.Timeout | undefined;

    function startNext(): void {
      clearTimeout(timer);
      const address = addresses[nextIndex++];
      if (address === undefined) return;
      observe(observer, { kind: "attempt", remote: address });
      const startedAt = nowMs();
      const socket = open(address);
      underWay.set(socket, { address, startedAt });
      socket.once("connect", () => {
        underWay.delete(socket);
        socket.removeAllListeners("error");
        settle(() => resolve(socket));
      });
      socket.on("error", (cause: SystemError) => {
        // The race is over: errors of the losers do not count.
        if (!underWay.delete(socket)) return;
        const failure = {
          ...explain(cause, address, { localAddress, localPorts }),
          address,
          afterMs: nowMs() - startedAt,
          cause,
        };
        failures.push(failure);
        observe(observer, { kind: "attempt-failed", remote: address, error: describe(failure) });
        if (nextIndex < addresses.length) startNext();
        else if (underWay.size === 0) settle(() => reject(allFailed(target, failures)));
      });
      if (nextIndex < addresses.length) timer = setTimeout(startNext, attemptDelayMs);
    }

    function onAbort(): void {
      const { code, phase, message, cause } = signal.reason as TransportError;
      const unanswered = [...underWay.values()].map(({ address, startedAt }) => ({
        address: formatAddress(address),
        error: "no answer",
        afterMs: nowMs() - startedAt,
      }));
      const attempts = [...failures.map(asAttempt), ...unanswered];
      settle(() => reject(new TransportError(code, phase, message, { cause, attempts })));
    }

    function settle(finish: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      const losers = [...underWay.keys()];
      underWay.clear();
      for (const socket of losers) socket.destroy();
      finish();
    }

    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else startNext();
  });
}

interface Explanation {
  readonly code: TransportErrorCode;
  /** `refused`, `failed`, … */
  readonly verb: string;
  readonly reason: string;
}

interface Failure extends Explanation {
  readonly address: Address;
  readonly afterMs: number;
  readonly cause: Error;
}

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: { code: "CONNECT_REFUSED", verb: "refused", reason: "nothing listens there" },
  ENOENT: { code: "CONNECT_REFUSED", verb: "failed", reason: "there is no such socket file" },
  ECONNRESET: { code: "CONNECT_RESET", verb: "failed", reason: "the peer reset it at once" },
  ETIMEDOUT: { code: "TIMEOUT_CONNECT", verb: "timed out", reason: "no answer (the kernel gave up)" },
  ENETUNREACH: { code: "CONNECT_UNREACHABLE", verb: "failed", reason: "the network cannot be reached" },
  EHOSTUNREACH: { code: "CONNECT_UNREACHABLE", verb: "failed", reason: "the host cannot be reached" },
  EACCES: { code: "PERMISSION", verb: "failed", reason: "permission denied" },
  EPERM: { code: "PERMISSION", verb: "failed", reason: "not permitted (a firewall?)" },
};

function explain(
  error: SystemError,
  to: Address,
  { localAddress, localPorts }: Pick<RaceOptions, "localAddress" | "localPorts">,
): Explanation {
  const failed = (code: TransportErrorCode, reason: string): Explanation => ({
    code,
    verb: "failed",
    reason,
  });
  switch (error.code) {
    case "EADDRINUSE":
      return failed("ADDRESS_IN_USE", portsInUse(localPorts ?? [error.port, error.port]));
    case "EADDRNOTAVAIL":
      return failed("ADDRESS_NOT_AVAILABLE", whatIsMissing(to, localAddress));
    case "EINVAL":
      if (localAddress !== undefined && error.syscall === "bind")
        return failed("ADDRESS_NOT_AVAILABLE", whatIsMissing(to, localAddress));
  }
  const host = to.family === "unix" ? undefined : to.host;
  return EXPLANATIONS[error.code ?? ""] ?? failed("CONNECT_FAILED", systemWords(error, host));
}

const portsInUse = ([first, last]: readonly unknown[]): string =>
  first === last ? `the local port ${first} is in use` : `the local ports ${first} to ${last} are in use`;

/** Why the kernel found no local address to connect from. */
function whatIsMissing({ family }: Address, localAddress: string | undefined): string {
  const locals = Object.values(process.getBuiltinModule("node:os").networkInterfaces()).flatMap(
    (addresses) => addresses ?? [],
  );
  if (localAddress !== undefined) {
    if (localAddress.includes(":") !== (family === "IPv6"))
      return `the local address ${localAddress} is not ${family}`;
    if (!locals.some(({ address }) => address === localAddress))
      return `${localAddress} is no address of this machine`;
    return `every local port of ${localAddress} is taken`;
  }
  if (!locals.some((local) => local.family === family)) return `this machine has no ${family} address`;
  return `no local ${family} address or port is left to connect from`;
}

function describe({ verb, afterMs, reason }: Failure): string {
  return `${verb} after ${afterMs.toFixed(1)} ms: ${reason}`;
}

function asAttempt(failure: Failure) {
  const { address, afterMs } = failure;
  return { address: formatAddress(address), error: `${failure.verb}: ${failure.reason}`, afterMs };
}

function allFailed(target: string, failures: readonly Failure[]): TransportError {
  // A refusal says most: a machine is there, and answered.
  const told = failures.find(({ code }) => code === "CONNECT_REFUSED") ?? (failures.at(-1) as Failure);
  const { code, cause } = told;
  const attempts: ConnectAttempt[] = failures.map(asAttempt);
  const message =
    failures.length === 1
      ? `connect ${target} ${describe(told)}`
      : `connect ${target} failed: ${failures.map((one) => `${formatAddress(one.address)} ${describe(one)}`).join("; ")}`;
  return new TransportError(code, "connect", message, { cause, attempts });
}
