// What `wirepane watch` has every Node of a program load first (NODE_OPTIONS=--require). Whatever is wrong with us, the
// program runs: a Node that we do not know is not watched, and neither is a program without a build of ours beside it.
"use strict";
if (Number(process.versions.node.split(".")[0]) >= 20) {
  try {
    require("../dist/watch.cjs");
  } catch (error) {
    if (process.env.WIREPANE_DEBUG) console.error(error);
  }
}
