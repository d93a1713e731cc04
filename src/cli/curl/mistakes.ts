import { existsSync } from "node:fs";
import { printable } from "../../trace.ts";
import { timeCondition } from "./conditions.ts";
import type { Given, Settings } from "./settings.ts";
import type { OptionName } from "./table.ts";
import { isStdin } from "./upload.ts";

/** What was probably not meant, in curl's words: curl warns of it and goes on. */
export function mistakesOf(operations: readonly Settings[]): readonly string[] {
  return operations.flatMap((settings) => {
    const { given } = settings;
    const mistakes = given.flatMap((each, at) => mistakeOf(each, given.slice(0, at), settings) ?? []);
    const outputs = given.filter(({ name, on }) => on && OUTPUTS.has(name));
    const urls = settings.values("url");
    if (ANY_SCHEME.some((name) => settings.on(name)) && settings.values("upload-file").some(isStdin))
      mistakes.push(ONLY_ONCE);
    const all = outputs.length > urls.length ? [...mistakes, "Got more output options than URLs"] : mistakes;
    return all.map(printable);
  });
}

const ANY_SCHEME = ["anyauth", "proxy-anyauth"] as const;
const ONLY_ONCE =
  "Using --anyauth or --proxy-anyauth with upload from stdin involves a big risk of it not working. Use a temporary file or a fixed auth type instead";

const OUTPUTS: ReadonlySet<OptionName> = new Set(["output", "remote-name", "out-null"]);

function mistakeOf(option: Given, before: readonly Given[], settings: Settings): string | undefined {
  const { name, value, on } = option;
  switch (name) {
    case "header":
    case "proxy-header": {
      const kind = name === "header" ? "HTTP" : "proxy";
      if (/^@|[:;]/.test(value)) return undefined;
      return `The provided ${kind} header '${value}' does not look like a header?`;
    }
    case "range":
      if (/^\d+$/.test(value))
        return "A specified range MUST include at least one dash (-). Appending one for you";
      return /^[\d,-]*$/.test(value)
        ? undefined
        : "Invalid character is found in given range. A specified range MUST have only digits in 'start'-'stop'. The server's response to this request is uncertain.";
    case "etag-compare":
      return existsSync(value) ? undefined : `Failed to open ${value}: No such file or directory`;
    case "time-cond":
      return timeCondition(settings) === undefined
        ? "Illegal date format for -z, --time-cond (and not a filename). Disabling time condition. See curl_getdate(3) for valid date syntax."
        : undefined;
    case "request":
      return value === "HEAD" && !settings.on("head")
        ? "Setting custom HTTP method to HEAD with -X/--request may not work the way you want. Consider using -I/--head instead."
        : undefined;
    case "fail":
    case "fail-with-body": {
      const other = name === "fail" ? "fail-with-body" : "fail";
      return on && before.findLast((each) => each.name === other)?.on
        ? `--${name} deselects --${other} here`
        : undefined;
    }
    case "http1.0":
    case "http1.1": {
      const version = before.findLast((each) => each.name === "http1.0" || each.name === "http1.1");
      return version === undefined || version.name === name
        ? undefined
        : "Overrides previous HTTP version option";
    }
    case "verbose":
      return on && before.some((each) => TRACES.has(each.name))
        ? "-v, --verbose overrides an earlier trace option"
        : undefined;
    case "trace":
    case "trace-ascii":
      return before.some((each) => each.name === "verbose" || (TRACES.has(each.name) && each.name !== name))
        ? `--${name} overrides an earlier trace/verbose option`
        : undefined;
    default:
      return GONE.has(name) ? `--${name} is deprecated and has no function anymore` : undefined;
  }
}

const TRACES: ReadonlySet<OptionName> = new Set(["trace", "trace-ascii"]);

/** What curl 8.23 takes and does nothing for. */
const GONE: ReadonlySet<OptionName> = new Set([
  "egd-file",
  "false-start",
  "krb",
  "no-npn",
  "proxy-tlsauthtype",
  "proxy-tlspassword",
  "proxy-tlsuser",
  "random-file",
  "sslv2",
  "sslv3",
  "tlsauthtype",
  "tlspassword",
  "tlsuser",
]);
