import { columnsOf, stderrIsTerminal, stdoutIsTerminal } from "./output.ts";

/** What lines may look like where they go. */
export interface TerminalShape {
  /** The columns of the terminal. `undefined`: no terminal, so lines are not cut. */
  readonly width: number | undefined;
  /** Only ASCII is shown right. */
  readonly ascii: boolean;
}

export function terminalShape(stream: "stdout" | "stderr"): TerminalShape {
  const isTerminal = stream === "stdout" ? stdoutIsTerminal() : stderrIsTerminal();
  return {
    width: columnsOf(stream),
    ascii: (isTerminal && process.env.TERM === "dumb") || !localeIsUtf8(),
  };
}

/** POSIX: LC_ALL decides, else LC_CTYPE, else LANG. If nobody says anything, a terminal of today knows UTF-8. */
function localeIsUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
