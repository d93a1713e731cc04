import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";

const SPOKEN = ["http", "https"];
/** The other schemes of curl. They may be named, and change nothing. */
const UNSPOKEN =
  "dict file ftp ftps gopher gophers imap imaps ldap ldaps mqtt mqtts pop3 pop3s rtsp scp sftp smb smbs smtp smtps telnet tftp ws wss";
const KNOWN = new Set([...SPOKEN, ...UNSPOKEN.split(" ")]);

/** The schemes that --proto leaves. */
export const allowedSchemes = (settings: Settings): readonly string[] => schemesOf(settings, "proto");

/** The schemes that a redirect may lead to: --proto-redir, and never more than --proto. */
export function redirectSchemes(settings: Settings): readonly string[] {
  const allowed = allowedSchemes(settings);
  return schemesOf(settings, "proto-redir").filter((scheme) => allowed.includes(scheme));
}

/** `=https`, `-http`, `+http,-all`: what the list makes of the schemes that are spoken here. */
function schemesOf(settings: Settings, name: "proto" | "proto-redir"): readonly string[] {
  const list = settings.value(name);
  if (list === undefined) return SPOKEN;
  let schemes = new Set(SPOKEN);
  for (const token of list.split(",")) {
    const [, signs = "", scheme = ""] = /^([=+-]*)(.*)$/s.exec(token.toLowerCase()) ?? [];
    const sign = signs.at(-1) ?? "+";
    if (scheme !== "all" && !KNOWN.has(scheme))
      throw new CurlError(EXIT.usage, `--${name} wants names of schemes such as =https, not "${token}"`);
    const named = scheme === "all" ? SPOKEN : SPOKEN.filter((spoken) => spoken === scheme);
    if (sign === "=") schemes = new Set(named);
    else for (const each of named) sign === "-" ? schemes.delete(each) : schemes.add(each);
    if (sign === "-" && scheme === "all") schemes.clear();
  }
  return [...schemes];
}
