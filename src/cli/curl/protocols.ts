import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import type { Settings } from "./settings.ts";
import type { OptionName } from "./table.ts";

/** What the options of curl 8.23 know. Not ipfs and ipns: for curl, these are http in disguise. */
const KNOWN: ReadonlySet<string> = new Set(
  `dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt mqtts pop3 pop3s rtsp scp sftp smtp smtps
  telnet tftp ws wss`.split(/\s+/),
);
/** Where a redirect may lead to, unless --proto-redir says more or less. */
const FOR_REDIRECTS: ReadonlySet<string> = new Set(["http", "https", "ftp", "ftps"]);
const UNSUPPORTED = 1;

/** @throws {CurlError} 2: the text names an unknown protocol, or leaves none; 1: a default that is unknown. */
export function checkProtocols(name: OptionName, text: string): void {
  if (name === "proto") withProtocols(KNOWN, text);
  if (name === "proto-redir") withProtocols(FOR_REDIRECTS, text);
  if (name === "proto-default") checkKnown(text.toLowerCase());
}

/** @throws {CurlError} 1: curl has no such protocol. */
export function checkKnown(scheme: string): void {
  if (!KNOWN.has(scheme)) throw new CurlError(UNSUPPORTED, `the protocol "${scheme}" is not known`);
}

/** Refuses a protocol that --proto rules out, or that is not spoken here. @throws {CurlError} 1 */
export function checkScheme(scheme: string, settings: Settings): void {
  if (KNOWN.has(scheme) && !allowed(scheme, settings.values("proto"), KNOWN))
    throw new CurlError(UNSUPPORTED, `--proto rules out the protocol "${scheme}"`);
  if (scheme === "http" || scheme === "https" || scheme === "file") return;
  throw new CurlError(
    UNSUPPORTED,
    `protocol "${scheme}" is not spoken here, only http and https, and file for local files`,
  );
}

/** The protocols that a redirect may lead to. */
export function redirectSchemes(settings: Settings): readonly string[] {
  const may = (scheme: string) =>
    allowed(scheme, settings.values("proto-redir"), FOR_REDIRECTS) &&
    allowed(scheme, settings.values("proto"), KNOWN);
  return ["http", "https"].filter(may);
}

function allowed(scheme: string, texts: readonly string[], usual: ReadonlySet<string>): boolean {
  if (texts.length === 0) return usual.has(scheme);
  return texts.reduce(withProtocols, usual).has(scheme);
}

/** `=https,http`, `-all,http`, `+ftp`: each word changes the set. */
function withProtocols(before: ReadonlySet<string>, text: string): ReadonlySet<string> {
  let set = new Set(before);
  for (const word of text.split(",")) {
    if (word === "") continue;
    const [, sign = "", written = ""] = /^([-+=]?)(.*)$/s.exec(word) ?? [];
    const name = written.toLowerCase();
    if (name !== "all" && !KNOWN.has(name))
      throw new CurlError(EXIT.usage, `"${written}" is not a known protocol`);
    const named = name === "all" ? KNOWN : new Set([name]);
    if (sign === "-") for (const each of named) set.delete(each);
    else if (sign === "=") set = new Set(named);
    else for (const each of named) set.add(each);
  }
  if (set.size === 0) throw new CurlError(EXIT.usage, "no protocol is left");
  return set;
}
