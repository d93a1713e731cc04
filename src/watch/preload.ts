/**
 * What `wirepane watch` has every Node below it load first (`--require`): as little as watching needs. The bundler makes
 * dist/watch.cjs of it. CommonJS, since with `--import` Node would load the program in another way than without us.
 */
import { watchForParent } from "./for-parent.ts";

const path = process.env.WIREPANE_WATCH;
if (path) watchForParent(path);
