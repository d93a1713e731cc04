import { EXIT } from "../exit-codes.ts";
import { writeOut } from "../output.ts";
import { version } from "../version.ts";
import { helpText } from "./help.ts";
import type { CommandLine } from "./parse.ts";

/** What a command line asks for in place of a transfer: -h, -M, -V. */
export async function instead({ what, topic }: NonNullable<CommandLine["instead"]>): Promise<number> {
  if (what === "version") await writeOut(`wirepane ${version()}\n`);
  else await writeOut(helpText(what === "manual" ? "all" : topic));
  return EXIT.ok;
}
