import { ProtocolError } from "../http1.ts";
import { TransportError, type TransportErrorCode } from "../tcp.ts";
import type { CommandName } from "./options.ts";

/** Exit codes: curl's, where curl has one. */
export const EXIT = {
  ok: 0,
  internal: 1,
  /** As grep, if nothing matches. */
  none: 1,
  /** As diff and cmp, if two inputs differ. */
  different: 1,
  /** A replay does not get what was recorded. */
  replayDiffers: 99,
  usage: 2,
  notUnderstood: 8,
  httpStatus: 22,
  write: 23,
  read: 26,
  interrupted: 130,
  terminated: 143,
} as const;

/** An error that ends the command with one line and this exit code. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number;
  /** The message has lines: it marks a place in what the user typed. */
  readonly hasLines: boolean = false;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. The error line ends with the help to read. */
export class UsageError extends CommandError {
  override readonly name: string = "UsageError";
  /** The command whose help tells more. */
  readonly command: CommandName | undefined;

  constructor(message: string, command?: CommandName) {
    super(EXIT.usage, message);
    this.command = command;
  }
}

/** The command has no such option. `unknownOption` has the words: its tables are loaded only then. */
export class UnknownOption extends UsageError {
  override readonly name = "UnknownOption";
  override readonly command: CommandName;
  /** As it was given: `--form`, or `-F`. */
  readonly option: string;

  constructor(command: CommandName, option: string) {
    super(`${command} has no option ${option}`, command);
    this.command = command;
    this.option = option;
  }
}

/** The exit code and the line of an error. An error that is none of the known kinds is a mistake of ours. */
export function described(error: unknown): { readonly exitCode: number; readonly message: string } {
  const exitCode = exitCodeOf(error);
  if (error instanceof Error && exitCode !== undefined) return { exitCode, message: error.message };
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const hint = "a mistake of ours; WIREPANE_DEBUG=1 shows where";
  return { exitCode: EXIT.internal, message: `${what} (${hint})` };
}

/** curl's exit code. `undefined`: the error is a mistake of ours. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof TransportError) {
    const isNoHttp = error.code === "TUNNEL_BROKEN" && error.cause instanceof ProtocolError;
    return isNoHttp ? EXIT.notUnderstood : OF_TRANSPORT[error.code];
  }
  if (!(error instanceof ProtocolError)) return undefined;
  if (error.blame === "local") return EXIT.usage;
  return error.code === "INCOMPLETE_BODY" ? OF_TRANSPORT.BODY_TRUNCATED : EXIT.notUnderstood;
}

const OF_TRANSPORT: Readonly<Record<TransportErrorCode, number>> = {
  ABORTED: 130,
  ADDRESS_IN_USE: 7,
  ADDRESS_NOT_AVAILABLE: 7,
  PERMISSION: 7,
  DNS: 6,
  HOST_INVALID: 3,
  URL_INVALID: 3,
  ADDRESS_REFUSED: 7,
  CONNECT_REFUSED: 7,
  CONNECT_RESET: 7,
  CONNECT_UNREACHABLE: 7,
  CONNECT_FAILED: 7,
  TIMEOUT_CONNECT: 28,
  TIMEOUT_TLS: 28,
  TIMEOUT_HEAD: 28,
  TIMEOUT_BODY: 28,
  TIMEOUT_HANDLER: 28,
  TIMEOUT_WRITE: 28,
  TIMEOUT_IDLE: 28,
  TIMEOUT_QUEUE: 28,
  TIMEOUT_TOTAL: 28,
  TLS_HANDSHAKE: 35,
  TLS_VERIFY: 60,
  TLS_PIN: 90,
  TLS_CA_FILE: 77,
  PROXY_HEADER: 97,
  PROXY_INVALID: 5,
  PROXY_SCHEME: 7,
  PROXY_DNS: 5,
  PROXY_HANDSHAKE: 97,
  // As curl 8.23; its man page says 56.
  TUNNEL_REFUSED: 7,
  TUNNEL_BROKEN: 56,
  PEER_RESET: 56,
  PEER_CLOSED_BEFORE_RESPONSE: 52,
  BODY_TRUNCATED: 18,
  BODY_MISMATCH: 55,
  BODY_TOO_LARGE: 63,
  BODY_USED: 23,
  DECODE_FAILED: 61,
  DECODE_BOMB: 63,
  REDIRECT_LIMIT: 47,
  REDIRECT_REFUSED: 47,
  UNSOLICITED_DATA: 56,
  WRITE_FAILED: 55,
  POOL_CLOSED: 7,
  POOL_QUEUE_FULL: 7,
  OVERLOADED: 7,
  DRAINING: 7,
  WORKER_LOST: 56,
  HANDLER_INVALID: 2,
};

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "this is a directory",
  ENOTDIR: "not a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
};

/** An error of the file system, in words. */
export function fileProblem(error: unknown): string {
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  return FILE_PROBLEMS[code] ?? code;
}
