/** The page in the browser: serves it, passes records on to it, and does what it asks for. */
export { ActionError, type Actions, type Lab, type LabOptions, startLab } from "./lab/host/lab.ts";
export { Playground, type PlaygroundOptions, type PlayServer } from "./lab/host/playground.ts";
