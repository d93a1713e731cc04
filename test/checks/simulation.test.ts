import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { check } from "../../checks/simulation.ts";
import { fetchNode, nodeLines } from "../../tools/nodes.js";
import { quickCheck } from "../support/quick-check.ts";

quickCheck(check);

test("a seed is the same run on every line of Node", {
  skip: import.meta.url.endsWith(".ts") && "needs the build",
}, () => {
  const file = new URL("../../checks/simulation/run-seed.js", import.meta.url).href;
  const program = `import(${JSON.stringify(file)}).then(({ runSeed }) => setImmediate(() => {
    console.log(Array.from({ length: 50 }, (_, seed) => runSeed(seed).hash).join(" "));
  }))`;
  const hashes = nodeLines.map((line) => {
    const here = Number(process.versions.node.split(".")[0]) === line;
    const node = here ? { path: process.execPath } : fetchNode(line);
    if ("problem" in node) return node.problem;
    const { stdout, stderr } = spawnSync(node.path, ["-e", program], { encoding: "utf8" });
    return stdout || stderr;
  });
  assert.deepEqual(
    hashes,
    hashes.map(() => hashes[0]),
  );
});
