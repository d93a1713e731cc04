import { percentDecoded } from "../incoming-request.ts";

/** The names to look for on disk, or why the path is refused. */
export type SafePath =
  | { readonly segments: readonly string[]; readonly asDirectory: boolean }
  | { readonly refused: string; readonly status: 400 | 404 };

/**
 * Reads the path of a request as names below a directory.
 *
 * The path is split before it is decoded, and decoded once, so one segment stays one name. A segment that a file system
 * could take for something else than a name is refused and not repaired: clients resolve dot segments themselves
 * (RFC 3986 §5.2.4), so a dot segment that arrives here is no accident.
 */
export function safePath(rawPath: string): SafePath {
  if (!rawPath.startsWith("/")) return refuse("the target has no path");
  if (/%(?![0-9A-Fa-f]{2})/.test(rawPath))
    return refuse("in the path, a % is not followed by two hexadecimal digits");
  const parts = rawPath.slice(1).split("/");
  const segments: string[] = [];
  for (const part of parts) {
    const name = percentDecoded(part);
    if (name === "") continue; // `//` and the last slash
    const reason = unsafeName(name);
    if (reason !== undefined) return refuse(reason);
    // A name that begins with a dot (.git, .env, .htpasswd) is not meant to be served: there is no such file.
    if (name.startsWith(".")) return { refused: "there is no such file", status: 404 };
    segments.push(name);
  }
  return { segments, asDirectory: parts.at(-1) === "" };
}

function refuse(reason: string): SafePath {
  return { refused: reason, status: 400 };
}

function unsafeName(name: string): string | undefined {
  if (name === "." || name === "..") return "the path has a dot segment";
  if (name.includes("/")) return "the path has an encoded slash";
  if (name.includes("\\")) return "the path has a backslash";
  if (/[\u0000-\u001f\u007f]/.test(name)) return "the path has a control character";
  if (name.includes("\ufffd")) return "the path is not UTF-8";
  if (name.length > 255) return "a name in the path is longer than 255 characters";
  return undefined;
}
