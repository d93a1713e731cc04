import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fetchNode, nodeLines } from "../../tools/nodes.js";

test("a seed gives the same run on every line of Node", {
  skip: import.meta.url.endsWith(".ts") && "needs the build",
}, () => {
  const file = new URL("../../checks/simulation/run-seed.js", import.meta.url).href;
  const program = `import(${JSON.stringify(file)}).then(({ runSeed }) => setImmediate(() => {
    console.log(Array.from({ length: 50 }, (_, seed) => runSeed(seed).hash).join(" "));
  }))`;
  const hashesOn = (node: string): string => {
    const { stdout, stderr } = spawnSync(node, ["-e", program], { encoding: "utf8" });
    return stdout || stderr;
  };
  const here = hashesOn(process.execPath);
  assert.match(here, /^([0-9a-f]{8}\s){50}$/);
  const others = nodeLines.filter((line) => line !== Number.parseInt(process.versions.node, 10));
  for (const line of others) {
    const node = fetchNode(line);
    assert.equal("problem" in node ? node.problem : hashesOn(node.path), here, `Node ${line}`);
  }
});
