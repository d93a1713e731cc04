/** curl's exit codes, by what they mean here. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  notUnderstood: 8,
  httpStatus: 22,
  write: 23,
  read: 26,
  timeout: 28,
  interrupted: 130,
  terminated: 143,
} as const;

/** Something that ends the command with one line and this exit code. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong; the line ends with where to read on. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";

  constructor(message: string) {
    super(EXIT.usage, message);
  }
}

/** The one line for an error from below (which knows its exit code), from the file system, or of our own making. */
export function described(error: unknown): { readonly exitCode: number; readonly message: string } {
  if (error instanceof Error) {
    const { exitCode } = error as { exitCode?: unknown };
    if (typeof exitCode === "number") return { exitCode, message: error.message };
  }
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const hint = "a mistake of ours; WIREPANE_DEBUG=1 shows where";
  return { exitCode: EXIT.internal, message: `${what} (${hint})` };
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ENOTDIR: "not a directory",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
};

/** What the file system said, in words. */
export function fileProblem(error: unknown): string {
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  return FILE_PROBLEMS[code] ?? code;
}
