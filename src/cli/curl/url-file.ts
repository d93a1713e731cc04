/** The URLs in a file of `--url @FILE`: one a line. Empty lines and lines that begin with "#" are passed over. */
export function urlsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
