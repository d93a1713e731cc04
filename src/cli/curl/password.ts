import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { printable } from "../../trace.ts";
import type { Credentials } from "./credentials.ts";
import { octetsOf } from "./octets.ts";
import type { Settings } from "./settings.ts";

const known = new WeakMap<Settings, Map<Option, Credentials>>();

type Option = "user" | "proxy-user";

/** The user and the password of -u, or of -U. A user without ":" is asked for the password, once. */
export function givenUser(settings: Settings, option: Option = "user"): Credentials | undefined {
  const given = settings.value(option);
  if (given === undefined) return undefined;
  const ofSettings = known.get(settings) ?? new Map<Option, Credentials>();
  known.set(settings, ofSettings);
  const credentials = ofSettings.get(option) ?? split(octetsOf(given), option === "user" ? "host" : "proxy");
  ofSettings.set(option, credentials);
  return credentials;
}

function split(text: string, whose: string): Credentials {
  const colon = text.indexOf(":");
  if (colon !== -1) return { user: text.slice(0, colon), password: text.slice(colon + 1) };
  return { user: text, password: askFor(`Enter ${whose} password for user '${printable(text)}':`) };
}

const MAX_PASSWORD_BYTES = 2048;

/** Asks on stderr, and reads a line from the terminal; where there is none, from stdin, as curl does. */
function askFor(question: string): string {
  writeSync(2, question);
  const terminal = openTerminal();
  const hidden = terminal !== undefined && setEcho(terminal, false);
  try {
    const bytes = Buffer.alloc(MAX_PASSWORD_BYTES);
    const length = readSync(terminal ?? 0, bytes);
    return bytes.toString("latin1", 0, length).replace(/\r?\n.*$/s, "");
  } catch {
    return "";
  } finally {
    if (terminal !== undefined) {
      if (hidden && setEcho(terminal, true)) writeSync(2, "\n");
      closeSync(terminal);
    }
  }
}

/** Node can make a terminal raw, but not silent. */
function setEcho(terminal: number, on: boolean): boolean {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const words = [on ? "echo" : "-echo"];
  return spawnSync("stty", words, { stdio: [terminal, "ignore", "ignore"] }).status === 0;
}

function openTerminal(): number | undefined {
  try {
    return openSync("/dev/tty", "r");
  } catch {
    return undefined;
  }
}
