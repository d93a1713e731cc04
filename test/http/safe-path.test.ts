import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { safePath } from "../../src/http/server/files/safe-path.ts";

/** Pieces of paths that try to leave the root. */
const piece = fc.constantFrom(
  ..."/ . .. %2e %2E %2f %5c %00 %25 %c0%ae %zz % \\ : ~ a b.txt .env %252e ; // C: %ff".split(" "),
  " ",
);

test("whatever the path, its segments are plain names below the root", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const path = safePath(`/${pieces.join("")}`);
      if ("refused" in path) return;
      for (const name of path.segments) {
        assert.ok(name !== "" && !name.startsWith("."), name);
        assert.doesNotMatch(name, /[/\\\u0000-\u001f\u007f]/);
      }
      for (const { join, relative } of [posix, win32]) {
        assert.doesNotMatch(relative("/srv/pub", join("/srv/pub", ...path.segments)), /^\.\./);
      }
    }),
    { numRuns: 20_000 },
  );
});

test("an encoded name comes back as it was", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), { minLength: 1 }),
      (names) => {
        fc.pre(names.every((name) => !/^\.|[/\\\u0000-\u001f\u007f\ufffd]/.test(name)));
        const path = safePath(`/${names.map(encodeURIComponent).join("/")}`);
        assert.deepEqual(path, { segments: names, asDirectory: false });
      },
    ),
  );
});

for (const [path, says] of [
  ["/../x", /dot segment/],
  ["/a/%2e%2E/x", /dot segment/],
  ["/a%2fb", /encoded slash/],
  ["/a%5cb", /backslash/],
  ["/a%00b", /control character/],
  ["/%zz", /hexadecimal/],
  ["/%ff", /UTF-8/],
  ["*", /no path/],
] as const) {
  test(`${path} is refused with its reason`, () => {
    const refused = safePath(path);
    assert.ok("refused" in refused && refused.status === 400);
    assert.match(refused.refused, says);
  });
}
