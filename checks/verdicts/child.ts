// All rows on the Node that runs this file, ours and its own; prints what comes of them.
import { runLine } from "./line.ts";

console.log(JSON.stringify(await runLine(true)));
process.exit(); // the platform's fetch keeps its connections
