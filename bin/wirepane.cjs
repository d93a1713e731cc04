#!/usr/bin/env node
// The command as npm links it. This file is in git, since npm links only what is there when it links: before the build.
"use strict";
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const command = join(__dirname, "..", "dist", "wirepane.cjs");
if (existsSync(command)) {
  require(command);
} else {
  // npm runs no scripts where `ignore-scripts` is set, or where it wants a package's scripts to be allowed first.
  console.error(`wirepane: not built. Run: cd ${join(__dirname, "..")} && npm ci && npm run build`);
  process.exitCode = 1;
}
