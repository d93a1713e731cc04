import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type NetrcEntry, NetrcError, netrcCredentials, parseNetrc } from "../../http.ts";
import { EXIT, fileProblem } from "../exit-codes.ts";
import type { Credentials } from "./credentials.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

/** What the options say of .netrc. */
export interface Netrc {
  /** The URL and -u come first, and the file may be missing. */
  readonly optional: boolean;
  /** @throws {CurlError} 26: the file cannot be read. */
  credentials(host: string, user: string | undefined): Credentials | undefined;
}

const read = new WeakMap<Settings, readonly NetrcEntry[]>();

/** -n, --netrc-file, --netrc-optional. `undefined`: none of them. The file is read when the first host is asked for. */
export function netrcOf(settings: Settings): Netrc | undefined {
  const optional = settings.on("netrc-optional");
  if (!optional && !settings.on("netrc") && !settings.on("netrc-file")) return undefined;
  return {
    optional,
    credentials(host, user) {
      const entries = read.get(settings) ?? entriesOf(settings, optional);
      read.set(settings, entries);
      return netrcCredentials(entries, host, user);
    },
  };
}

function entriesOf(settings: Settings, optional: boolean): readonly NetrcEntry[] {
  const given = settings.value("netrc-file");
  const file = given ?? (process.env.NETRC || join(homedir(), ".netrc"));
  try {
    return parseNetrc(readFileSync(file, "latin1"));
  } catch (error) {
    const isSyntax = error instanceof NetrcError;
    if (given !== undefined && !isSyntax)
      throw new CurlError(EXIT.usage, `--netrc-file: cannot read ${file}: ${fileProblem(error)}`);
    if (optional) return [];
    const what = isSyntax ? "syntax error" : fileProblem(error);
    throw new CurlError(EXIT.read, `.netrc error: ${what}`);
  }
}
