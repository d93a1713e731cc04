import { posix, win32 } from "node:path";
import { latin1 } from "../../../src/bytes/text.ts";
import { safePath } from "../../../src/http/server/files/safe-path.ts";
import { percentDecoded } from "../../../src/http/server/incoming-request.ts";
import { hold, type Target } from "../target.ts";

/** The path of a request that asks for a file. */
export const path: Target = {
  name: "path",
  weight: 0.6,
  maxBytes: 320,
  seeds: [
    "/",
    "/a/b.txt",
    "/a//b/",
    "/%2e%2e/x",
    "/..%2fx",
    "/a%00b",
    "/%c0%af",
    "/.git/x",
    "/a\\..\\b",
    "/a%ff%zz",
  ],
  fuzz(data) {
    const text = latin1(data);
    const decoded = percentDecoded(text);
    if (!text.includes("%")) hold(decoded === text, () => "what is not encoded stays as it is");
    const found = safePath(text);
    if ("refused" in found) return;
    const { segments } = found;
    for (const { join, sep } of [posix, win32]) {
      const file = join(sep, "root", ...segments);
      const plain = [sep, "root", ...segments.flatMap((segment) => [sep, segment])].join("");
      hold(
        segments.length === 0 || file === plain,
        () => `${JSON.stringify(segments)} are names below root: ${file}`,
      );
    }
    hold(!segments.some((name) => /^\.|[\0-\x1f\x7f/\\]/.test(name) || name === ""), () => "names are names");
  },
};
