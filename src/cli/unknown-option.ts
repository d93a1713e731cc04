import { CURL_OPTIONS } from "./curl/table.ts";
import type { UnknownOption } from "./exit-codes.ts";
import { NCAT, type Peer } from "./foreign-options.ts";
import { nearest } from "./nearest.ts";
import { COMMANDS, type CommandName, type CommandSpec } from "./options.ts";

/** Whose options a command takes, as far as we have them. */
const PEERS: { readonly [Command in CommandName]?: Peer } = { listen: NCAT, connect: NCAT };

/** Our options that have had another name. */
const RENAMED: Readonly<Record<string, string>> = { "--trace": "timeline", "--trace-out": "record" };

/** What to say of an option that a command does not have. */
export function unknownOption({ command, option }: UnknownOption): string {
  const options = optionsOf(command);
  const foreign = foreignOption(PEERS[command], option);
  const ours = `${command} has no option ${option}`;
  const renamed = Object.hasOwn(RENAMED, option) ? RENAMED[option] : undefined;
  if (renamed !== undefined && Object.hasOwn(options, renamed))
    return `${ours}: it is --${renamed} now${foreign === undefined ? "" : `, and ${foreign}`}`;
  if (foreign !== undefined) return foreign;
  // A letter is like any other letter: only a word can be misspelt.
  if (!option.startsWith("--")) return ours;
  const names = Object.entries(options).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const near = nearest(option.slice(2), names);
  return near === undefined ? ours : `${ours}; did you mean --${near}?`;
}

function optionsOf(command: CommandName): CommandSpec["options"] {
  if (command !== "http") return COMMANDS[command].options;
  return Object.fromEntries(Object.keys(CURL_OPTIONS).map((name) => [name, { help: "" }]));
}

/** `ncat's -e (--exec) is not here yet`. `undefined`: the peer has no such option, either. */
function foreignOption(peer: Peer | undefined, option: string): string | undefined {
  if (peer === undefined) return undefined;
  for (const [long, short] of peer.options) {
    if (option !== `-${short}` && option !== `--${long}`) continue;
    const other = option === `-${short}` ? long && `--${long}` : short && `-${short}`;
    const what = `${peer.name}'s ${option}${other ? ` (${other})` : ""} is not here`;
    const instead = Object.hasOwn(peer.instead, long) ? peer.instead[long] : undefined;
    return instead === undefined ? `${what} yet` : `${what}: ${instead}`;
  }
  return undefined;
}
