import { formatAddress } from "../../index.ts";
import { missingSecrets, type ReplayOptions, type Script } from "../../testing.ts";
import { counted, printable } from "../../trace.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { say } from "../output.ts";

/**
 * Says on stderr what is not as it was when the recording was made: another server, secrets that were masked.
 *
 * @throws {CommandError} there is nothing to replay.
 */
export function sayBefore(script: Script, options: ReplayOptions, path: string): void {
  if (script.length === 0)
    throw new CommandError(EXIT.read, `${path}: there is no conversation in it, so nothing is sent`);
  const say1 = (line: string) => say(printable(line));
  const servers = [...new Set(script.map(({ server }) => formatAddress(server)))];
  if (options.target !== undefined && servers.length > 1)
    say1(
      `the recording has ${servers.length} servers (${servers.slice(0, 3).join(", ")}, …): one gets it all now`,
    );
  const hosts = new Set(
    script.flatMap(({ exchanges }) => exchanges.flatMap(({ request }) => hostIn(request?.fields))),
  );
  if (
    options.target !== undefined &&
    options.host === undefined &&
    hosts.size > 0 &&
    !isChanged(options, "host")
  )
    say1(`Host stays as it was recorded (${[...hosts].slice(0, 3).join(", ")}); --host NAME changes it`);
  for (const { field, request, count } of missingSecrets(script)) {
    if (field !== undefined && isChanged(options, field.toLowerCase())) continue;
    const where = `${counted(count, "request")}, first in ${request}`;
    if (field === undefined)
      say1(
        `a secret in the target is masked in the recording, and goes out as asterisks: ${where}; --reveal records it`,
      );
    else
      say1(
        `${field} is masked in the recording, and goes out as asterisks: ${where}; give it with -H '${field}: …'`,
      );
  }
}

const isChanged = ({ fields = [] }: ReplayOptions, name: string): boolean =>
  fields.some(([each]) => each.toLowerCase() === name);

const hostIn = (fields: readonly (readonly [string, string])[] = []): string[] =>
  fields.filter(([name]) => name.toLowerCase() === "host").map(([, value]) => value);
