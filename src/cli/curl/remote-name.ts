import { ofKnownProtocol } from "./url-edit.ts";

/** The name of a file that the URL has no name for. curl warns of this. */
export const NAMELESS = "curl_response";

/**
 * The file name of `-O`: the last segment of the path that is not empty, as written and not decoded. Slashes and
 * backslashes end a segment, so a name never leads out of the folder. `undefined`: there is none, see `NAMELESS`.
 *
 * @throws {EndsAll} 3: the text is no URL; 1: of no protocol that is known.
 */
export function remoteName(text: string): string | undefined {
  const path = ofKnownProtocol(text).path.replace(/[/\\]+$/, "");
  return path.replace(/^.*[/\\]/s, "") || undefined;
}

/** The names that no file can have in a folder. */
export function isFolderName(name: string): boolean {
  return name === "" || name === "." || name === "..";
}
