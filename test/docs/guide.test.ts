import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/root.ts";

// The chapters of docs/guide and their ladders. `node tools/readme.js` types their commands, and screenshots.test.ts looks
// at their screenshots.

const GUIDE = fileURLToPath(new URL("docs/guide/", ROOT));
const files = readdirSync(GUIDE);
const chapters = files.filter((name) => /^\d\d-.*\.md$/.test(name));

test("the guide has six chapters, and its first page leads to each of them in order", () => {
  const index = readFileSync(join(GUIDE, "README.md"), "utf8");
  assert.equal(chapters.length, 6);
  assert.deepEqual(
    [...index.matchAll(/\]\((\d\d-[^)]+)\)/g)].map(([, name]) => name),
    chapters.sort(),
  );
});

test("every picture and every program of the guide belongs to a chapter", () => {
  const texts = chapters.map((name) => readFileSync(join(GUIDE, name), "utf8"));
  const others = files.filter((name) => !name.endsWith(".md"));
  assert.deepEqual(
    others.filter((name) => !texts.some((text) => text.includes(`(${name})`))),
    [],
  );
});

for (const chapter of chapters)
  test(`${chapter} is short, begins with commands, shows one picture, and its links lead to files`, () => {
    const text = readFileSync(join(GUIDE, chapter), "utf8");
    assert.ok(text.split("\n").length <= 61, "at most 60 lines");
    assert.match(text, /^# .+\n\n```sh\n/);
    assert.equal([...text.matchAll(/!\[[^\]]{20,}\]\([\w-]+\.(?:svg|png)\)/g)].length, 1);
    const links = [...text.matchAll(/\]\(([^):#]+)\)/g)].map(([, link]) => link ?? "");
    assert.deepEqual(
      links.filter((link) => !existsSync(join(GUIDE, link))),
      [],
    );
  });

describe("the ladders", () => {
  const fresh = mkdtempSync(join(tmpdir(), "wirepane-ladders-"));
  before(() => {
    const tool = fileURLToPath(new URL("tools/pictures.js", ROOT));
    const args = [tool, "--ladders", "--to", fresh];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
    assert.equal(status, 0, stderr);
  });
  after(() => rmSync(fresh, { recursive: true }));

  for (const name of files.filter((name) => name.endsWith(".svg")))
    test(`a new recording has the structure of ${name}`, () => {
      const shown = structureOf(readFileSync(join(GUIDE, name), "utf8"));
      assert.ok(shown.client.length >= 4 && shown.server.length >= 4 && shown.bands.length >= 2);
      assert.deepEqual(structureOf(readFileSync(join(fresh, name), "utf8")), shown);
    });

  test("one write is read in two pieces, and two writes in one piece", () => {
    const { client, server, bands } = structureOf(readFileSync(join(fresh, "two-reads.svg"), "utf8"));
    const bytes = (lane: readonly string[]) =>
      lane.flatMap((label) => /^(?:write|read) \d+ B/.exec(label)?.[0] ?? []);
    assert.deepEqual(bytes(client), ["write 100000 B", "read 21 B"]);
    assert.deepEqual(
      bytes(server).map((label) => label.replace(/^read \d+/, "read n")),
      ["read n B", "read n B", "write 10 B", "write 11 B"],
    );
    assert.deepEqual(bands, ["of-client", "of-client", "of-server", "of-server"]);
  });
});

/** What stays the same from run to run: what happened on each lane in its order, and whose bytes the bands lead. */
function structureOf(svg: string) {
  const boxes = [
    ...svg.matchAll(/<g class="box ([^"]+)">.*?<tspan class="verb">([^<]+)<\/tspan>(.*?)<\/g>/g),
  ];
  const lane = (role: string) =>
    boxes
      .filter(([, look = ""]) => look.split(" ")[1] === role)
      .map(([, , label = "", rest = ""]) => `${label} ${rest.replaceAll(/<[^>]*>/g, "")}`.trim())
      .map((label) => label.replaceAll(/127\.0\.0\.1:\d+/g, "address"));
  const bands = [...svg.matchAll(/<path class="band (of-\w+)"/g)].map(([, flow]) => flow);
  const arrows = [...svg.matchAll(/class="arrow ([^"]+)"/g)].map(([, look]) => look).sort();
  const handlers = svg.match(/<g class="bar handler/g)?.length ?? 0;
  return { client: lane("client"), server: lane("server"), bands, arrows, handlers };
}
