import { stderrIsTerminal, stdoutIsTerminal } from "./output.ts";

/** What lines may look like where they go. */
export interface TerminalShape {
  /** The columns of the terminal. `undefined`: no terminal, so lines are not cut. */
  readonly width: number | undefined;
  /** Only ASCII is shown right. */
  readonly ascii: boolean;
}

const STREAMS = { stdout: stdoutIsTerminal, stderr: stderrIsTerminal } as const;

/** FORCE_COLOR says that what reads the lines is like a terminal; COLUMNS says how wide the terminal is. */
export function terminalShape(stream: keyof typeof STREAMS): TerminalShape {
  const { COLUMNS, FORCE_COLOR, TERM } = process.env;
  const isTerminal = STREAMS[stream]();
  const isLikeOne = isTerminal || (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0");
  const columns = Number(COLUMNS) || (isTerminal ? process[stream].columns : 0);
  return {
    width: isLikeOne && columns > 0 ? columns : undefined,
    ascii: (isTerminal && TERM === "dumb") || !localeIsUtf8(),
  };
}

/** POSIX: LC_ALL decides, else LC_CTYPE, else LANG. If nobody says anything, a terminal of today knows UTF-8. */
function localeIsUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
