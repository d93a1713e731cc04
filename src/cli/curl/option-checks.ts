import { EXIT } from "../exit-codes.ts";
import { CurlError } from "./curl-error.ts";
import { parseFileMode } from "./numbers.ts";
import { checkRequestKind } from "./request-kind.ts";
import type { Settings } from "./settings.ts";
import type { OptionName } from "./table.ts";
import { writeOutFormat } from "./write-out-format.ts";

/** Options that curl takes no empty value for. */
const NEVER_EMPTY: ReadonlySet<OptionName> = new Set<OptionName>([
  "abstract-unix-socket",
  "capath",
  "cert",
  "cert-type",
  "ciphers",
  "cookie-jar",
  "curves",
  "dump-header",
  "etag-compare",
  "etag-save",
  "haproxy-clientip",
  "interface",
  "key",
  "key-type",
  "mail-from",
  "oauth2-bearer",
  "output",
  "output-dir",
  "pass",
  "pinnedpubkey",
  "preproxy",
  "proxy-capath",
  "proxy-cert",
  "proxy-cert-type",
  "proxy-ciphers",
  "proxy-key-type",
  "proxy-pinnedpubkey",
  "proxy-tls13-ciphers",
  "proxy1.0",
  "range",
  "request",
  "request-target",
  "service-name",
  "sigalgs",
  "socks4",
  "socks4a",
  "socks5",
  "socks5-hostname",
  "tls13-ciphers",
  "trace",
  "trace-ascii",
  "unix-socket",
  "url",
]);

/**
 * Refuses what curl refuses of the options between two --next before anything is sent.
 *
 * @throws {CurlError} 2: options that do not go together; 26: the file of -w @FILE is not there.
 */
export function checkOptions(settings: Settings): void {
  for (const { name, value, on } of settings.given) {
    if (on && value === "" && NEVER_EMPTY.has(name)) throw wrong(`--${name} wants a value that is not empty`);
    if (name === "create-file-mode") parseFileMode(value);
  }
  checkContinueAt(settings);
  checkRequestKind(settings);
  const oneUrl = settings.on("etag-save") || settings.on("etag-compare");
  if (oneUrl && settings.values("url").length > 1)
    throw wrong("--etag-save and --etag-compare are for one URL: put --next between several");
  if (settings.on("write-out")) writeOutFormat(settings);
}

function checkContinueAt(settings: Settings): void {
  const offset = settings.value("continue-at");
  if (offset === undefined) return;
  if (!/^(?:-|\d+)$/.test(offset)) throw wrong(`-C wants a number of bytes, or -, not "${offset}"`);
  for (const name of ["range", "no-clobber", "remove-on-error"] as const)
    if (settings.on(name)) throw wrong(`-C and --${name} do not go together`);
  if (offset === "-" && settings.on("remote-header-name"))
    throw wrong("-C - and -J do not go together: the name comes too late");
}

function wrong(message: string): CurlError {
  return new CurlError(EXIT.usage, message);
}
